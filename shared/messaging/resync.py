"""After a restore from backup: say everything again, so that readers believe it over what they had.

A restored database has forgotten what it announced since the backup, and its versions begin again
below what readers have seen. A higher epoch in every `sequence` outranks all of that.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from sqlalchemy import update

from shared.messaging import tables
from shared.messaging.events import Cause
from shared.messaging.ids import derived_id
from shared.messaging.outbox import Outbox
from shared.messaging.unit import UnitOfWork
from shared.storage.sessions import Session

PAGE = 500

Restate = Callable[[Session, Outbox, str | None], Awaitable[str | None]]
"""(session, outbox, after) → announces the present state of up to PAGE keys behind `after`, in a
fixed order, and returns the last of them; None when there are no more."""


async def resync(unit: UnitOfWork, restates: Sequence[Restate]) -> int:
    """Raises the database's epoch, then announces full state, a page a transaction; the epoch.

    Broken off and called again it raises the epoch again: readers keep the highest.
    """
    async with unit.begin() as (session, _, _):
        state = tables.engine_state
        raised = update(state).values(epoch=state.c.epoch + 1).returning(state.c.epoch)
        epoch = int((await session.execute(raised)).scalar_one())
    for restate in restates:
        after: str | None = None
        while True:
            async with unit.begin() as (session, outbox, _):
                after = await restate(session, outbox, after)
            if after is None:
                break
    return epoch


def restated(outbox: Outbox, key: str) -> Cause:
    """The cause of saying `key` again in this epoch: another id in every epoch."""
    return Cause(derived_id(UUID(int=0), "resync", f"{outbox.epoch}/{key}"))
