"""Topics in, use cases called."""

from functools import partial

from services.kb.usecases.suggest_articles import suggest_articles
from services.kb.usecases.write_article import announce_articles_again
from shared.contracts.articles import ArticleChanged
from shared.contracts.tickets import TicketOpened
from shared.messaging import Consumer, compacted_consumer


def consumers(*, suggested: int, least_score: float) -> list[Consumer]:
    """What this service listens to beside the tenants and agents that every service knows.

    Its own compacted topic tells it when Kafka has fallen behind.
    """
    return [
        Consumer(
            "support.kb.tickets",
            ("support.tickets.v1",),
            (TicketOpened,),
            partial(suggest_articles, most=suggested, least_score=least_score),
            pace=0.2,
        ),
        compacted_consumer("kb", "support.articles.v1", ArticleChanged, announce_articles_again),
    ]
