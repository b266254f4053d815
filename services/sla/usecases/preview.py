"""Somebody asks what a draft would do before it is published."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from services.sla.domain import preview as domain
from services.sla.domain.book import Book, CustomerVersion
from services.sla.domain.policy import Policy, in_force
from services.sla.domain.preview import Preview, Replay
from services.sla.repository.customers import customer_plans
from services.sla.repository.histories import (
    NEWEST,
    Histories,
    open_tickets,
    recent_tickets,
)
from services.sla.usecases.books import books
from shared.storage import Database, ReadSession

_PAGE: Final = 200

Customers = Mapping[str, Sequence[CustomerVersion]]
Reads = Callable[[ReadSession, UUID, int], Awaitable[Histories]]


async def preview(
    database: Database, tenant: str, draft: tuple[Policy, ...], now: datetime, most: int
) -> tuple[Preview, bool]:
    """What publishing the draft now would do to running clocks; whether all were looked at.

    most: tickets to look at, the newest first.
    """
    book = await _book(database, tenant)
    drafted = domain.with_draft(book, draft, now)
    found = Preview()

    async def read(session: ReadSession, below: UUID, limit: int) -> Histories:
        return await open_tickets(session, tenant, below, limit)

    def take(histories: Histories, customers: Customers) -> None:
        known, asked = (replace(each, customers=customers) for each in (book, drafted))
        domain.preview(found, histories, known, asked, now)

    return found, await _go_through(database, tenant, read, take, most)


async def replay(
    database: Database, tenant: str, draft: tuple[Policy, ...], span: tuple[datetime, datetime],
    most: int,
) -> tuple[Replay, bool]:  # fmt: skip
    """How tickets that began in the span would have fared under today's set and under the draft.

    Both as if they had held all the time, with calendars as they are now. Also whether all tickets
    were looked at, of at most `most`, the newest first.
    """
    since, now = span
    book = await _book(database, tenant)
    today = domain.always(book, in_force(book.sets, now).policies)
    drafted = domain.always(book, draft)
    found = Replay()

    async def read(session: ReadSession, below: UUID, limit: int) -> Histories:
        return await recent_tickets(session, tenant, below, limit, since)

    def take(histories: Histories, customers: Customers) -> None:
        known, asked = (replace(each, customers=customers) for each in (today, drafted))
        domain.replay(found, histories, known, asked, now)

    return found, await _go_through(database, tenant, read, take, most)


async def _book(database: Database, tenant: str) -> Book:
    async with database.reading() as session:
        return (await books(session, {tenant}))[tenant]


async def _go_through(
    database: Database,
    tenant: str,
    read: Reads,
    take: Callable[[Histories, Customers], None],
    most: int,
) -> bool:
    """Hands over page after page, in a thread; returns whether there was nothing beyond `most`."""
    below, left = NEWEST, most
    while left > 0:
        # A transaction for each page: what takes long holds nothing back.
        async with database.reading() as session:
            page = await read(session, below, min(_PAGE, left))
            customers = await _customers(session, tenant, page)
        if not page:
            return True
        await asyncio.to_thread(take, page, customers)
        below, left = min(page), left - len(page)
    async with database.reading() as session:
        return not await read(session, below, 1)


async def _customers(session: ReadSession, tenant: str, page: Histories) -> Customers:
    """What is known of those who asked."""
    keys = {step.facts.customer for steps in page.values() for step in steps}
    found = await customer_plans(session, {(tenant, key) for key in keys if key})
    return {key: versions for (_, key), versions in found.items()}
