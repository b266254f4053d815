"""Articles and tickets for the tests of kb."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from services.kb.domain import Article, Text
from services.kb.usecases.suggest_articles import suggest_articles
from services.kb.usecases.write_article import save_article
from shared import contracts
from shared.contracts.envelope import Event
from shared.contracts.tickets import TicketOpened
from shared.messaging import Received, UnitOfWork, command_cause, new_id
from shared.service import Work

EXAMPLE = json.loads(
    next(
        (Path(str(contracts.__path__[0])) / "examples" / TicketOpened.TYPE).glob("*.json")
    ).read_text()
)["data"]
suggest = partial(suggest_articles, most=3, least_score=0.2)


async def save(
    unit: UnitOfWork, tenant: str, article: UUID, text: Text,
    expects: Callable[[int], None] = lambda _: None,
) -> Article:  # fmt: skip
    """Saves an article in a transaction of its own."""
    async with unit.begin() as (session, outbox, now):
        work = Work(session=session, outbox=outbox, cause=command_cause(), now=now)
        return await save_article(work, tenant, article, text, expects=expects)


async def publish(
    unit: UnitOfWork, tenant: str, language: str, title: str, body: str, status: Any = "published"
) -> UUID:
    """Saves a new article; its id."""
    text = Text(language, title, body, status=status)
    return (await save(unit, tenant, new_id(), text)).id


def opened(
    tenant: str, subject: str, text: str = "", language: str | None = None
) -> Received[TicketOpened]:
    """A new ticket, as router announces it."""
    uid = new_id()
    ticket = EXAMPLE["ticket"] | {"id": str(uid), "subject": subject, "language": language}
    data = TicketOpened.model_validate(EXAMPLE | {"ticket": ticket, "text": text})
    now = datetime.now(UTC)
    event = Event(
        id=str(uid), type=TicketOpened.TYPE, source="/deskstream/router", subject=str(uid),
        time=now, tenant=tenant, data=data, sequence=1,
    )  # fmt: skip
    return Received(uid, event, data, now)


async def suggested(
    unit: UnitOfWork, *tickets: Received[TicketOpened]
) -> dict[str, list[dict[str, Any]]]:
    """What is announced for these tickets as one batch: articles by ticket id."""
    async with unit.begin() as (session, outbox, now):
        await suggest(session, outbox, tickets, now)
        said = [json.loads(row[-1]) for row in outbox._rows]
    return {one["ticket_id"]: one["articles"] for one in said}
