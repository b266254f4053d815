"""The timer's work list: clocks whose warning or breach has come due."""

from datetime import datetime

from sqlalchemy import DateTime, Integer, bindparam, func, select

from services.sla import tables
from services.sla.domain.clocks import Clock
from services.sla.domain.ticket import Ticket
from services.sla.repository.rows import CLOCK_COLUMNS, clock_of
from services.sla.repository.tickets import TicketKey
from shared.storage import ReadSession, Session

_clock, _ticket = tables.clock, tables.ticket
# Ticket and clock are both locked, in this order, and read again under the lock: a clock that was
# stopped a moment ago no longer matches. What another transaction holds is left for the next round,
# so that the timer never waits for a lock and cannot be part of a deadlock.
_CLAIM = (
    select(*CLOCK_COLUMNS, _ticket.c.version)
    .join_from(
        _ticket, _clock,
        (_ticket.c.tenant == _clock.c.tenant) & (_ticket.c.ticket_id == _clock.c.ticket_id),
    )
    .where(_clock.c.next_at <= bindparam("now", type_=DateTime(timezone=True)))
    .order_by(_clock.c.next_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)  # fmt: skip
_NEXT = select(func.min(_clock.c.next_at)).where(_clock.c.next_at.is_not(None))


async def claim(session: Session, now: datetime, limit: int) -> list[tuple[Ticket, Clock]]:
    """The longest due clocks, each locked together with its ticket."""
    tickets: dict[TicketKey, Ticket] = {}
    claimed = []
    for row in await session.execute(_CLAIM, {"now": now, "limit": limit}):
        key = row.tenant, row.ticket_id
        ticket = tickets.setdefault(key, Ticket(*key, row.version))
        claimed.append((ticket, clock_of(row)))
    return claimed


async def next_due(session: ReadSession) -> datetime | None:
    """When the next clock has something to announce; None when none has."""
    found: datetime | None = await session.scalar(_NEXT)
    return found
