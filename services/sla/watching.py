"""Watches how far the ticket events have been read, so that no answer is overlooked."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from services.sla.domain.reading import Reading
from services.sla.repository.readings import readings, save_readings
from shared.messaging import UnitOfWork
from shared.messaging.errors import is_transient
from shared.messaging.unread import BrokerAway, Unread

log = logging.getLogger(__name__)

TOPIC = "support.tickets.v1"
GROUP = "support.sla.tickets"


class Watching:
    """Looks once a second, beside the timers."""

    def __init__(self, unit: UnitOfWork, unread: Unread) -> None:
        self._unit, self._unread = unit, unread
        self._begun = False

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. While no broker answers the row grows old, which says enough."""
        try:
            while not stop.is_set():
                try:
                    await self.look()
                except Exception as error:
                    if not isinstance(error, BrokerAway) and not is_transient(error):
                        log.exception("watching failed")
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), 1.0)
        finally:
            await self._unread.close()

    async def look(self) -> None:
        """One look at all partitions. The first one of a process starts a spell."""
        oldest = await self._unread.oldest()
        async with self._unit.begin() as (session, _outbox, now):
            before = await readings(session, TOPIC)
            await save_readings(session, TOPIC, _seen(before, oldest, now, not self._begun))
        self._begun = True


def _seen(
    before: Mapping[int, Reading],
    oldest: Mapping[int, datetime | None],
    now: datetime,
    restarted: bool,
) -> dict[int, Reading]:
    fresh = Reading(None, now)
    return {
        partition: before.get(partition, fresh).followed_by(at, now, restarted)
        for partition, at in oldest.items()
    }
