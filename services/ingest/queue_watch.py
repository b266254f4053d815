"""The queue of deliveries as metrics: how long it is, and how old, by account."""

import asyncio
import logging

from services.ingest.metric_names import QUEUED, QUEUED_SECONDS
from services.ingest.repository.queue import waiting
from shared.messaging.errors import describe, is_transient
from shared.storage import Database

log = logging.getLogger(__name__)

_LOOK_SECONDS = 10.0


class QueueWatch:
    """Looks every ten seconds; an account of which nothing waits any more is shown as 0."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shown: set[tuple[str, str]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set."""
        while not stop.is_set():
            try:
                await self.look()
            except Exception as error:
                level = logging.WARNING if is_transient(error) else logging.ERROR
                log.log(level, "queue not measured", extra={"error": describe(error)})
            try:
                await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Measures once."""
        async with self._database.reading() as session:
            found = await waiting(session)
        seen = {(one.tenant, one.account) for one in found}
        for one in found:
            QUEUED.labels(one.tenant, one.account).set(one.count)
            QUEUED_SECONDS.labels(one.tenant, one.account).set(one.seconds)
        for key in self._shown - seen:
            QUEUED.labels(*key).set(0)
            QUEUED_SECONDS.labels(*key).set(0)
        self._shown = seen
