"""Ticket events to feed the service with, and the service as its consumer and timer drive it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from services.sla.domain.policy import Kind, of_minutes
from services.sla.usecases.fire_clocks import fire_clocks
from services.sla.usecases.follow_tickets import follow_tickets
from services.sla.usecases.recheck_clocks import recheck_clocks
from services.sla.usecases.report import count_decisions
from services.sla.usecases.save_policy import lock_policy, save_policy
from shared.contracts.envelope import Event, from_record
from shared.contracts.payload import Party
from shared.contracts.tickets import (
    Ticket,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketReplied,
    TicketStatusChanged,
)
from shared.messaging import Received, UnitOfWork, derived_id, new_id, sequence, tables


class Desk:
    """Events of one ticket as router announces them; minutes are counted from `start`."""

    def __init__(self, start: datetime, tenant: str = "demo", ticket: UUID | None = None) -> None:
        self.start = start
        self.tenant = tenant
        self.ticket = ticket or new_id()

    def opened(self, version: int = 1, minute: float = 0, by: str = "customer") -> Received[Any]:
        """The ticket was opened."""
        return self._event(TicketOpened, version, minute, by=by)

    def replied(self, version: int, minute: float, **what: Any) -> Received[Any]:
        """Somebody replied, unless told otherwise an agent in public."""
        return self._event(TicketReplied, version, minute, **{"by": "agent", **what})

    def moved(self, version: int, minute: float, before: str, after: str) -> Received[Any]:
        """The status changed."""
        return self._event(
            TicketStatusChanged, version, minute, {"status": after},
            from_status=before, to_status=after,
        )  # fmt: skip

    def solved(self, version: int, minute: float) -> Received[Any]:
        """The ticket was solved."""
        return self.moved(version, minute, "open", "solved")

    def reopened(
        self, version: int, minute: float, solved_minute: float | None = None
    ) -> Received[Any]:
        """The ticket is open again."""
        solved_at = None if solved_minute is None else self.at(solved_minute)
        return self._event(
            TicketReopened, version, minute, from_status="solved", resolved_at=solved_at
        )

    def at(self, minute: float) -> datetime:
        """An instant so many minutes after the start."""
        return self.start + timedelta(minutes=minute)

    def _event(
        self, kind: type[TicketEvent], version: int, minute: float,
        ticket_is: Mapping[str, Any] | None = None, **what: Any,
    ) -> Received[Any]:  # fmt: skip
        at = self.at(minute)
        ticket = Ticket(
            id=self.ticket, number=1, version=version, channel="email", opened_at=self.start,
            updated_at=at,  
            **{"customer": Party(), "priority": "normal", "team": "billing", **(ticket_is or {})},
        )  # fmt: skip
        data = kind(ticket=ticket, at=at, **what)
        # One version is one event, also when it is sent again.
        uid = derived_id(self.ticket, kind.TYPE, version)
        event = Event(
            id=str(uid), type=kind.TYPE, source="/deskstream/router", subject=str(self.ticket),
            time=at, tenant=self.tenant, data=data, sequence=sequence(version, 1),
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )  # fmt: skip
        return Received(uid, event, data, at)


class Promises:
    """The service at work on a database, as its consumer and its timer drive it."""

    def __init__(self, unit: UnitOfWork) -> None:
        self.unit = unit

    async def follow(self, *events: Received[Any]) -> None:
        """One batch of ticket events."""
        async with self.unit.begin() as (session, outbox, now):
            await follow_tickets(session, outbox, events, now)

    async def fire(self, limit: int = 100, after: timedelta = timedelta()) -> int:
        """One round of the timer, at the database's time or so much later."""
        async with self.unit.begin() as (session, outbox, now):
            return await fire_clocks(session, outbox, now + after, limit)

    async def count(self) -> int:
        """One round of the timer that counts for the report."""
        async with self.unit.begin() as (session, outbox, now):
            return await count_decisions(session, outbox, now, 1000)

    async def recheck(self) -> int:
        """One round of the timer that looks for what was published."""
        async with self.unit.begin() as (session, outbox, now):
            return await recheck_clocks(session, outbox, now, 100)

    async def announced(self) -> list[Event[Any]]:
        """Everything announced so far, in order."""
        async with self.unit.database.reading() as session:
            rows = await session.execute(select(tables.outbox).order_by(tables.outbox.c.id))
            return [
                from_record(row.key, [(n, v.encode()) for n, v in json.loads(row.headers)],
                            row.payload)
                for row in rows
            ]  # fmt: skip

    async def said(self) -> list[str]:
        """What was announced, in few words: `first-response met`."""
        return [f"{event.data.kind} {event.type.split('.')[2]}" for event in await self.announced()]

    async def rows(self, table: Table) -> list[tuple[Any, ...]]:
        """All rows of a table, by primary key."""
        async with self.unit.database.reading() as session:
            found = await session.execute(select(table).order_by(*table.primary_key.columns))
            return [tuple(row) for row in found]

    async def promise(self, since: datetime, first_response: int, resolution: int) -> None:
        """Saves a policy of the demo tenant for tickets of normal priority, in minutes."""
        minutes = {Kind.FIRST_RESPONSE: first_response, Kind.RESOLUTION: resolution}
        async with self.unit.begin() as (session, _, _now):
            before = await lock_policy(session, "demo")
            after = before.followed_by([of_minutes("Standard", {"normal": minutes})], since)
            await save_policy(session, "demo", before, after)
