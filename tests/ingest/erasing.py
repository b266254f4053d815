"""Customers to erase, and a look for what is left of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.ingest.usecases.erase_customer import erase, forget_due
from shared.contracts.messages import MessageReceived
from shared.messaging import UnitOfWork, command_cause
from tests.ingest.mailroom import Mailroom

MARK = "xylophone"


GRACE = timedelta(seconds=60)


async def rows_with(unit: UnitOfWork, word: str) -> list[str]:
    """The names of all tables of the database that hold a word anywhere, in text or in bytes."""
    tables = text(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1"
    )
    found = []
    async with unit.database.reading() as session:
        for name in await session.scalars(tables):
            query = text(
                f"SELECT count(*) FROM {name} t WHERE strpos(lower(t::text), :word) > 0"
                " OR strpos(lower(t::text), :octets) > 0"
            )
            given = {"word": word.lower(), "octets": word.encode().hex()}
            if await session.scalar(query, given):
                found.append(name)
    return found


async def erase_one(unit: UnitOfWork, customer_id: UUID, tenant: str = "demo") -> None:
    async with unit.begin() as (session, outbox, _now):
        await erase(
            session, outbox, (tenant, customer_id), within=timedelta(days=1),
            cause=command_cause(), expects=lambda _version: None,
        )  # fmt: skip


async def work_off(unit: UnitOfWork, at: datetime) -> None:
    """Lets the timer go through all that is to be forgotten, as if it were `at`."""
    for _ in range(20):
        async with unit.begin() as (session, outbox, _now):
            done = await forget_due(session, outbox, at, 50, grace=GRACE)
        if not done:
            break


async def sent(mailroom: Mailroom, kind: type[Any] = MessageReceived) -> list[Any]:
    return [event.data for event in await mailroom.announced(kind)]


async def clear_outbox(mailroom: Mailroom) -> None:
    async with mailroom.unit.database.writing() as session:
        await session.execute(text("DELETE FROM outbox"))
