"""One rival of the timer benchmark: fires sla's clocks until it is ended.

Writes each fired clock's lateness (seconds from its due instant to after the commit) as one line a
transaction, when it is asked to (`lateness`); else it only fires.
"""

import json
import sys
from datetime import UTC, datetime

import msgspec
import uvloop

from services.sla.repository import next_due
from services.sla.usecases.fire_clocks import fire_clocks
from shared.messaging import Outbox, Timer, UnitOfWork, run_timer
from shared.service.run import tune_collector
from shared.storage import Database, DatabaseSettings, ReadSession, Session


class _Due(msgspec.Struct):
    due_at: datetime


_due = msgspec.json.Decoder(_Due).decode


class Watch:
    """Notes what each transaction fires, and says after its commit how late that was."""

    def __init__(self) -> None:
        self._fired: list[datetime] = []

    async def fire(self, session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
        """The service's own timer; what it announces is noted."""
        count = await fire_clocks(session, outbox, now, limit)
        self._fired += [_due(row[-1]).due_at for row in outbox._rows]
        return count

    async def next_due(self, session: ReadSession) -> datetime | None:
        """Asked by the engine after the commit: the moment to look at the clock."""
        if self._fired:
            now = datetime.now(UTC)  # the database's clock too: it runs on this machine
            late = [(now - due).total_seconds() for due in self._fired]
            print(json.dumps(late), flush=True)
            self._fired.clear()
        return await next_due(session)


async def main(dsn: str, mode: str) -> None:
    """Fires for ever."""
    tune_collector()
    unit = UnitOfWork(Database(DatabaseSettings(url=dsn), "timers"), "/deskstream/sla")
    watch = Watch()
    plain = Timer("clocks", fire_clocks, next_due)
    timer = Timer("clocks", watch.fire, watch.next_due) if mode == "lateness" else plain
    await run_timer(unit, timer)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:3]))  # as services do
