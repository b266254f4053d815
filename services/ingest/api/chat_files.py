"""Files of chat visitors, who have no more than a token that anybody gets."""

from datetime import timedelta
from typing import Final

from fastapi import Request

from services.ingest.api.files import taken
from services.ingest.domain.messages import Blob
from services.ingest.mail_in.room import NoRoom, Room
from services.ingest.pressure import Pressure
from services.ingest.rate_limits import MINUTES, RateLimits, Sender
from services.ingest.settings.chat import ChatSettings
from services.ingest.uploads import Uploads
from shared.service import Invalid, Problem, Unavailable

_FILES_AT_ONCE: Final = 8
_WAIT_SECONDS: Final = 10.0
# A message may name the file for a day, and is stored with its name before it is acknowledged.
_REST: Final = timedelta(hours=48)


class VisitorFiles:
    """Counts, looks at and keeps files of visitors, so many bytes at a time."""

    def __init__(
        self, uploads: Uploads, pressure: Pressure, limits: RateLimits, settings: ChatSettings
    ) -> None:
        self._uploads = uploads
        self._pressure = pressure
        self._limits = limits
        self._settings = settings
        self._types = frozenset(one.strip() for one in settings.file_types.split(","))
        self._room = Room(_FILES_AT_ONCE * settings.file_limit)

    async def keep(self, request: Request, sender: Sender, declared: str) -> Blob:
        """The body in the blob store, for two days unless a message names it. Raises Problem."""
        declared = declared.partition(";")[0].strip().lower()
        if declared not in self._types:
            detail = f"Send one of {sorted(self._types)}."
            raise Problem(415, "This type of file is not taken", detail)
        await self._count(sender)
        if self._pressure.shortage is not None:
            raise Unavailable("Too much is waiting; send it again later.", retry_after=10)
        try:
            async with self._room.hold(self._length(request), _WAIT_SECONDS):
                data = await request.body()
                if not data:
                    raise Invalid("The file is empty.")
                keeping = self._uploads.keep(
                    sender.tenant, data, declared, only=self._types, rest=_REST
                )
                return await taken(keeping)
        except NoRoom:
            raise Unavailable("Many large files are on their way.", retry_after=5) from None

    async def _count(self, sender: Sender) -> None:
        most = self._settings.files_per_address, self._settings.files_per_account
        if not await self._limits.take(sender, *most):
            headers = {"Retry-After": str(MINUTES * 60)}
            detail = "Wait some minutes before the next one."
            raise Problem(429, "Too many files", detail, headers=headers)

    def _length(self, request: Request) -> int:
        limit = self._settings.file_limit
        stated = request.headers.get("content-length", "")
        return min(int(stated), limit) if stated.isascii() and stated.isdigit() else limit
