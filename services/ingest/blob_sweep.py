"""Blobs that nothing names any more leave the store, a day after they were last put."""

import asyncio
import logging
from datetime import datetime

from services.ingest.metric_names import BLOBS_REMOVED
from services.ingest.repository.blob_removals import (
    due_removals,
    put_off,
    settle_removals,
    still_named,
)
from services.ingest.usecases.erase_customer import BLOB_REST
from shared.messaging.errors import describe
from shared.messaging.unit import UnitOfWork
from shared.storage import BlobStore

log = logging.getLogger(__name__)

_PAGE = 200
_PAUSE = 10.0  # seconds between looks; what is due has waited for a day


class BlobSweep:
    """Removes blobs that a row has ceased to name, unless another row names them."""

    def __init__(self, unit: UnitOfWork, blobs: BlobStore) -> None:
        self._unit = unit
        self._blobs = blobs

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; a store that is away is tried again."""
        while not stop.is_set():
            try:
                async with self._unit.begin() as (_session, _outbox, now):
                    pass
                while await self.sweep(now) == _PAGE:
                    pass
            except Exception as error:
                log.warning("blobs not removed", extra={"error": describe(error)})
            try:
                await asyncio.wait_for(stop.wait(), _PAUSE)
            except TimeoutError:
                continue

    async def sweep(self, now: datetime) -> int:
        """Goes through a page of what is due at `now`; returns how many blobs that were.

        The rows are asked first and the store's own time last: whoever puts the same bytes again
        makes them young before its row names them.
        """
        async with self._unit.database.reading() as session:
            due = await due_removals(session, now, _PAGE)
            kept = await still_named(session, due) if due else set()
        gone, young = set(kept), set[str]()
        for key in due:
            if key in kept:
                continue
            removed = await self._blobs.remove(key, now - BLOB_REST)
            (gone if removed else young).add(key)
        if due:
            BLOBS_REMOVED.inc(len(gone) - len(kept))
            async with self._unit.begin() as (session, _outbox, _now):
                await settle_removals(session, gone, now)
                await put_off(session, young, now, now + BLOB_REST)
        return len(due)
