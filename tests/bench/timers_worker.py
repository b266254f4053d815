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
from shared.storage import Database, DatabaseSettings, Session


class _Due(msgspec.Struct):
    due_at: datetime


_due = msgspec.json.Decoder(_Due).decode


async def fire_and_tell(session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
    """The service's own timer; after the commit it says how late each clock was."""
    count = await fire_clocks(session, outbox, now, limit)
    due = [_due(row[-1]).due_at for row in outbox._rows]

    def tell() -> None:
        now = datetime.now(UTC)  # the database's clock too: it runs on this machine
        print(json.dumps([(now - one).total_seconds() for one in due]), flush=True)

    outbox.once_committed(tell)
    return count


async def main(dsn: str, mode: str) -> None:
    """Fires for ever."""
    tune_collector()
    unit = UnitOfWork(Database(DatabaseSettings(url=dsn), "timers"), "/deskstream/sla")
    fire = fire_and_tell if mode == "lateness" else fire_clocks
    await run_timer(unit, Timer("clocks", fire, next_due, again=True))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:3]))  # as services do
