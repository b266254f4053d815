"""Rows with a due instant, fired once each, by the database's clock."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from shared.messaging import failpoint
from shared.messaging.errors import describe, is_transient
from shared.messaging.metric_names import TIMERS_FIRED
from shared.messaging.outbox import Outbox
from shared.messaging.unit import UnitOfWork
from shared.storage.sessions import ReadSession, Session

log = logging.getLogger(__name__)

Fire = Callable[[Session, Outbox, datetime, int], Awaitable[int]]
"""(session, outbox, now, limit) → how many came due. Claims with FOR UPDATE SKIP LOCKED."""

NextDue = Callable[[ReadSession], Awaitable[datetime | None]]
"""When the next row comes due, None when there is none."""

_LONGEST_SLEEP = 1.0
_SHORTEST_SLEEP = 0.0005
"""What is due but held by a rival must not be asked for in a busy loop."""


@dataclass(frozen=True)
class Timer:
    """One kind of timer of a service.

    limit: rows that one transaction fires at most. again: a round that fired something is followed
    by another at once, and `next_due` is only asked when nothing was due: rows that come due every
    millisecond are less late then.
    """

    name: str
    fire: Fire
    next_due: NextDue
    limit: int = 1000
    again: bool = False


async def run_timer(unit: UnitOfWork, timer: Timer) -> None:
    """Fires what is due until cancelled; sleeps until the next due instant, at most one second."""
    failures = 0
    while True:
        try:
            fired, ahead = await _fire(unit, timer)
            failures = 0
            if fired < timer.limit and not (fired and timer.again):
                await asyncio.sleep(await _seconds_to_next(unit, timer, ahead))
        except Exception as error:
            failures += 1
            log.log(
                logging.WARNING if is_transient(error) else logging.ERROR,
                "timer failed",
                extra={"timer": timer.name, "error": describe(error)},
            )
            await asyncio.sleep(min(10.0, 0.2 * 2.0 ** min(failures, 6)))


async def _fire(unit: UnitOfWork, timer: Timer) -> tuple[int, float]:
    """How many were fired, and by how many seconds the database's clock is ahead of the loop's."""
    async with unit.begin() as (session, outbox, now):
        ahead = now.timestamp() - asyncio.get_running_loop().time()
        fired = await timer.fire(session, outbox, now, timer.limit)
        if fired:
            failpoint.hit("P10")
    TIMERS_FIRED.labels(timer.name).inc(fired)
    return fired, ahead


async def _seconds_to_next(unit: UnitOfWork, timer: Timer, ahead: float) -> float:
    async with unit.database.reading() as session:
        due = await timer.next_due(session)
    if due is None:
        return _LONGEST_SLEEP
    seconds = due.timestamp() - (asyncio.get_running_loop().time() + ahead)
    return min(_LONGEST_SLEEP, max(_SHORTEST_SLEEP, seconds))
