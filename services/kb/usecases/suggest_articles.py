"""A ticket was opened: which articles may answer it?"""

from collections.abc import Sequence
from datetime import datetime

from services.kb.domain import Hit, Question, asked, rank
from services.kb.repository.index import Index
from shared.contracts.suggestions import ArticlesSuggested, SuggestedArticle
from shared.contracts.tickets import TicketOpened
from shared.messaging import Outbox, Received
from shared.storage import Session


async def suggest_articles(
    session: Session,
    outbox: Outbox,
    received: Sequence[Received[TicketOpened]],
    now: datetime,
    *,
    most: int,
    least_score: float,
) -> None:
    """Announces the best published articles for each new ticket, in its own language first.

    A ticket that nothing fits gets no event: an agent is shown suggestions or none.
    """
    questions = [
        Question(
            one.tenant, asked(one.data.ticket.subject, one.data.text), one.data.ticket.language
        )
        for one in received
    ]
    found = await Index(session).find(questions, most=most, least=least_score)
    for one, question, hits in zip(received, questions, found, strict=True):
        best = rank(hits, question.language, most)
        if best:
            ticket = one.data.ticket.id
            outbox.add(
                ArticlesSuggested(ticket_id=ticket, articles=tuple(map(_suggested, best)), at=now),
                tenant=one.tenant,
                key=str(ticket),
                cause=one.cause,
            )


def _suggested(hit: Hit) -> SuggestedArticle:
    return SuggestedArticle(
        article_id=hit.id, title=hit.title, language=hit.language, score=hit.score
    )
