"""Promises are decided: the report counts them, and takes back what turns out otherwise."""

from collections.abc import Iterable, Mapping

from services.sla.domain.closing import closed
from services.sla.domain.compliance import ClockId, ClosedClock, change
from services.sla.domain.ticket import Ticket
from services.sla.repository.reports import Reports, add_counts
from shared.storage import Session


async def count(session: Session, after: Mapping[ClockId, ClosedClock | None]) -> None:
    """Counts clocks as what they are now; None: no longer, or not yet.

    Their tickets are locked by the caller, which calls this last: the rows of the report are
    shared by all transactions of the tenant and day. What a clock was counted as before is known
    from the database and taken back.
    """
    if not after:
        return
    before = await Reports(session).counted(after.keys())
    changed = {id: closed for id, closed in after.items() if before.get(id) != closed}
    if changed:
        await add_counts(session, change(before, changed), changed)


async def count_tickets(session: Session, tickets: Iterable[Ticket]) -> None:
    """Counts what has changed about the clocks of locked tickets, after everything else."""
    after: dict[ClockId, ClosedClock | None] = {}
    for ticket in tickets:
        for key in ticket.moved_clocks | ticket.gone_clocks:
            clock = ticket.clocks.get(key)
            id = (ticket.tenant, ticket.id, key[0].value, key[1])
            after[id] = closed(clock) if clock is not None else None
    await count(session, after)


async def count_breaches(session: Session, tickets: Iterable[Ticket]) -> None:
    """Counts clocks that broke because time went by: the timer's short way.

    The clocks of its tickets come from the database, without what led to them; time alone decides
    nothing about clocks that have ended, so only those that were broken a moment ago count.
    """
    after: dict[ClockId, ClosedClock | None] = {}
    for ticket in tickets:
        for key in ticket.moved_clocks:
            found = closed(ticket.clocks[key])
            if found is not None and found.breached:
                after[ticket.tenant, ticket.id, key[0].value, key[1]] = found
    await count(session, after)
