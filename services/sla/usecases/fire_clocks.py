"""Time went by: clocks are nearly due, or broken."""

from collections.abc import Mapping
from datetime import datetime

from services.sla.domain.clocks import Clock
from services.sla.domain.reading import Reading, waits_until
from services.sla.domain.ticket import Ticket
from services.sla.repository import claim, move
from services.sla.repository.readings import readings
from services.sla.usecases.announce import announce, time_cause
from services.sla.usecases.report import broken_by_time
from shared.messaging import Outbox
from shared.messaging.unread import partition_of
from shared.storage import Session

_TOPIC = "support.tickets.v1"


class Firing:
    """The timer of one process, which knows since when it has been running."""

    def __init__(self) -> None:
        self._since: datetime | None = None

    async def fire(self, session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
        """As `fire_clocks`; its first round starts a spell of being behind."""
        self._since = self._since or now
        return await fire_clocks(session, outbox, now, limit, self._since)


async def fire_clocks(
    session: Session, outbox: Outbox, now: datetime, limit: int, since: datetime | None = None
) -> int:
    """Announces what is due by `now` for up to `limit` clocks; returns how many there were.

    A breach that waited out a downtime is announced late, with the instant at which it was due.
    One whose ticket's events lie unread waits, at most 60 s. since: when this process began.
    """
    claimed, anybody_behind = await claim(session, now, limit, _TOPIC)
    if not claimed:
        return 0
    behind = await _behind(session, now) if anybody_behind else {}
    for ticket, clock in claimed:
        until = _waits(ticket, clock, behind, since or clock.due_at) if behind else None
        for news in ticket.pass_time(clock, now, until):
            announce(outbox, news, ticket, time_cause(news, ticket, now))
    tickets = {ticket.key: ticket for ticket, _ in claimed}.values()
    await move(session, tickets, broken_by_time(tickets))
    return len(claimed)


async def _behind(session: Session, now: datetime) -> Mapping[int, datetime | None]:
    """Since when each partition has been behind; empty if none is."""
    known: Mapping[int, Reading] = await readings(session, _TOPIC)
    spells = {partition: one.spell(now) for partition, one in known.items()}
    return spells if any(spells.values()) else {}


def _waits(
    ticket: Ticket, clock: Clock, behind: Mapping[int, datetime | None], since: datetime
) -> datetime | None:
    partition = partition_of(str(ticket.id), len(behind))
    return waits_until(clock.breaks_at or clock.due_at, behind.get(partition), since)
