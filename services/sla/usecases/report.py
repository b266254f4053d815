"""Promises are decided: the report counts them, and takes back what turns out otherwise."""

from collections.abc import Mapping

from services.sla.domain.compliance import ClockId, ClosedClock, change
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
