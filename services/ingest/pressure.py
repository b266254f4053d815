"""When intake must be put off: the outbox is long, the disk is full, or the database is busy."""

import asyncio
import shutil
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlparse

from services.ingest.repository.pressure import waiting_events
from services.ingest.settings import IngestSettings
from shared.messaging.errors import is_transient
from shared.storage import Database

Shortage = Literal["outbox", "disk", "database"]

_LOOK_SECONDS = 1.0


class Pressure:
    """Looks once a second, so that no request has to."""

    def __init__(self, database: Database, settings: IngestSettings) -> None:
        self.shortage: Shortage | None = None
        self._database = database
        self._settings = settings
        address = urlparse(settings.blobs.url)
        self._folder = Path(unquote(address.path)) if address.scheme == "file" else None

    async def watch(self, stop: asyncio.Event) -> None:
        """Keeps `shortage` true until `stop` is set."""
        while not stop.is_set():
            await self.look()
            try:
                await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Finds out what is short now; for a database that is away, that is the database."""
        try:
            async with asyncio.timeout(self._settings.database_patience):
                self.shortage = await self._short()
        except Exception as error:
            if not is_transient(error):
                raise
            self.shortage = "database"

    async def _short(self) -> Shortage | None:
        if self._folder is not None:
            free = await asyncio.to_thread(_free_bytes, self._folder)
            if free < self._settings.free_disk:
                return "disk"
        limit = self._settings.outbox_limit
        async with self._database.reading() as session:
            waiting = await waiting_events(session, limit + 1)
        return "outbox" if waiting > limit else None


def _free_bytes(folder: Path) -> int:
    """Free bytes where the folder is, or will be made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free
