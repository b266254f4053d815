"""Promises are decided: the report counts them, and takes back what turns out otherwise."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.sla.domain.closing import closed
from services.sla.domain.compliance import ClockId, ClosedClock, change
from services.sla.domain.ticket import Ticket
from services.sla.repository.decisions import keep_decisions, take_decisions
from services.sla.repository.reports import Reports, add_counts
from shared.messaging import Outbox
from shared.storage import Session


async def count(session: Session, after: Mapping[ClockId, ClosedClock | None]) -> None:
    """Counts clocks as what they are now; None: no longer, or not yet.

    What a clock was counted as before is known from the database and taken back.
    """
    if not after:
        return
    before = await Reports(session).counted(after.keys())
    changed = {id: closed for id, closed in after.items() if before.get(id) != closed}
    if changed:
        await add_counts(session, change(before, changed), changed)


async def count_decisions(session: Session, _outbox: Outbox, _now: datetime, limit: int) -> int:
    """Counts up to `limit` decisions, and returns how many there were.

    Apart from the transactions that take them, since the rows of a day are shared by all of a
    tenant's: timers and consumers would wait for each other.
    """
    taken, after = await take_decisions(session, limit)
    await count(session, after)
    return taken


async def decide_tickets(session: Session, tickets: Iterable[Ticket]) -> None:
    """Keeps what has been decided about the clocks of locked tickets, for the report."""
    after: dict[ClockId, ClosedClock | None] = {}
    for ticket in tickets:
        for key in ticket.moved_clocks | ticket.gone_clocks:
            clock = ticket.clocks.get(key)
            found = closed(clock) if clock is not None else None
            if found is not None or key in ticket.decided_clocks:
                after[ticket.tenant, ticket.id, key[0].value, key[1]] = found
    if after:
        await keep_decisions(session, after)


def broken_by_time(tickets: Iterable[Ticket]) -> dict[ClockId, ClosedClock]:
    """Which clocks broke because time went by, as the report counts them.

    The clocks of its tickets come from the database, without what led to them; time alone decides
    nothing about clocks that have ended, so only those that were broken a moment ago count.
    """
    after: dict[ClockId, ClosedClock] = {}
    for ticket in tickets:
        for key in ticket.moved_clocks:
            found = closed(ticket.clocks[key])
            if found is not None and found.breached:
                after[ticket.tenant, ticket.id, key[0].value, key[1]] = found
    return after
