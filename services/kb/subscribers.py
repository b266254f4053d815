"""Topics in, use cases called."""

from functools import partial

from services.kb.usecases.suggest_articles import suggest_articles
from shared.contracts.tickets import TicketOpened
from shared.messaging import Consumer


def consumers(*, suggested: int, least_score: float) -> list[Consumer]:
    """What this service listens to beside the tenants and agents that every service knows."""
    return [
        Consumer(
            "support.kb.tickets",
            ("support.tickets.v1",),
            (TicketOpened,),
            partial(suggest_articles, most=suggested, least_score=least_score),
        )
    ]
