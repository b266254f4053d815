"""Files that people and adapters send over HTTP: looked at, then kept in the blob store."""

import logging
from datetime import timedelta
from typing import Final, Literal

from services.ingest.clamd import scan
from services.ingest.domain.media_types import is_taken, media_type
from services.ingest.domain.messages import Blob
from services.ingest.metric_names import FILES
from services.ingest.repository.blob_removals import queue_upload
from services.ingest.settings import IngestSettings
from shared.messaging.unit import UnitOfWork
from shared.storage import BlobStore

log = logging.getLogger(__name__)

SERVICE: Final = "ingest"
EVENT_REST: Final = timedelta(days=15)
"""How long a file waits to be named at least: longer than a topic keeps the event that names it."""


class NotTaken(Exception):
    """The file is not kept; why: its type, or a virus in it."""

    def __init__(self, why: Literal["type", "virus"], media_type: str) -> None:
        super().__init__(why)
        self.why = why
        self.media_type = media_type


class Uploads:
    """Keeps files that may be kept, until it is seen whether anything names them."""

    def __init__(self, unit: UnitOfWork, blobs: BlobStore, settings: IngestSettings) -> None:
        self._unit = unit
        self._blobs = blobs
        self._denied = settings.types(settings.denied_types)
        self._allowed = settings.types(settings.allowed_types)
        self._clamd, self._seconds = settings.clamd_address, settings.clamd_timeout

    async def keep(
        self,
        tenant: str,
        data: bytes,
        declared: str | None,
        *,
        only: frozenset[str] | None = None,
        rest: timedelta = EVENT_REST,
    ) -> Blob:
        """The file in the blob store, under the type that it has; `only`: the types taken here.

        What nothing names when `rest` is over is removed.

        Raises NotTaken; ScanFailed where clamd is asked and does not answer: a file that nobody
        could look at is not kept.
        """
        kind = media_type(data, declared)
        if not is_taken(data, kind, self._denied, self._allowed) or (only and kind not in only):
            FILES.labels("type").inc()
            raise NotTaken("type", kind)
        if self._clamd is not None and (virus := await scan(self._clamd, data, self._seconds)):
            FILES.labels("virus").inc()
            log.warning("virus in a file", extra={"tenant": tenant, "virus": virus[:200]})
            raise NotTaken("virus", kind)
        key = await self._blobs.put(SERVICE, tenant, data)
        async with self._unit.begin() as (session, _outbox, now):
            await queue_upload(session, key, now + rest)
        FILES.labels("kept").inc()
        return Blob(key, len(data), key.rpartition("/")[2], kind)
