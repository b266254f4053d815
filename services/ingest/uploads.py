"""Files that people and adapters send over HTTP: looked at, then kept in the blob store."""

import logging
from typing import Final, Literal

from services.ingest.clamd import scan
from services.ingest.domain.media_types import is_taken, media_type
from services.ingest.domain.messages import Blob
from services.ingest.metric_names import FILES
from services.ingest.settings import IngestSettings
from shared.storage import BlobStore

log = logging.getLogger(__name__)

SERVICE: Final = "ingest"


class NotTaken(Exception):
    """The file is not kept; why: its type, or a virus in it."""

    def __init__(self, why: Literal["type", "virus"], media_type: str) -> None:
        super().__init__(why)
        self.why = why
        self.media_type = media_type


class Uploads:
    """Keeps files that may be kept."""

    def __init__(self, blobs: BlobStore, settings: IngestSettings) -> None:
        self._blobs = blobs
        self._denied = settings.types(settings.denied_types)
        self._allowed = settings.types(settings.allowed_types)
        self._clamd, self._seconds = settings.clamd_address, settings.clamd_timeout

    async def keep(self, tenant: str, data: bytes, declared: str | None) -> Blob:
        """The file in the blob store, under the type that it has.

        Raises NotTaken; ScanFailed where clamd is asked and does not answer: a file that nobody
        could look at is not kept.
        """
        kind = media_type(data, declared)
        if not is_taken(data, kind, self._denied, self._allowed):
            FILES.labels("type").inc()
            raise NotTaken("type", kind)
        if self._clamd is not None and (virus := await scan(self._clamd, data, self._seconds)):
            FILES.labels("virus").inc()
            log.warning("virus in a file", extra={"tenant": tenant, "virus": virus[:200]})
            raise NotTaken("virus", kind)
        key = await self._blobs.put(SERVICE, tenant, data)
        FILES.labels("kept").inc()
        return Blob(key, len(data), key.rpartition("/")[2], kind)
