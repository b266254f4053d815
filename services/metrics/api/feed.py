"""News for event streams: one reader per process, however many clients listen."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import takewhile

from services.metrics.repository.kpis import Announced, Kpis
from shared.storage import Database

log = logging.getLogger(__name__)

_KEPT = 10_000
_PAGE = 1_000
_LONGEST_WAIT = 1.0


class Feed:
    """The latest announced figures in memory, read from the database about every `poll` seconds.

    Each client keeps its own position and takes what lies after it, so a slow one holds up nobody.
    Positions are committed in their order (see `announce_changes`): what was not there when a
    higher one was read is never there later.
    """

    def __init__(self, database: Database, poll: float) -> None:
        self._database = database
        self._poll = poll
        self._recent: deque[Announced] = deque(maxlen=_KEPT)
        self._read = 0
        self._news = asyncio.Event()
        self._ready = asyncio.Event()
        self.ended = False

    async def run(self, stop: asyncio.Event) -> None:
        """Read news until `stop` is set; then every stream ends."""
        while not stop.is_set():
            pause = self._poll
            try:
                if await self._look() == _PAGE:
                    continue
            except Exception:
                # Clients lose nothing by it: what was missed is read as soon as reading works.
                log.exception("cannot read announced figures")
                pause = max(pause, 1.0)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
        self.ended = True
        self._ready.set()
        self._wake()

    async def position(self) -> int:
        """The position of the latest announcement that was read."""
        await self._ready.wait()
        return self._read

    async def after(self, position: int, tenant: str) -> tuple[int, Sequence[Announced]]:
        """A tenant's news after a position, and the position up to which that is all.

        Waits up to a second for some. Far behind, it gives the next 1,000 of them.
        """
        await self._ready.wait()
        if position >= self._read:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), _LONGEST_WAIT)
        if position >= self._read:
            return position, ()
        if not self._recent or position < self._recent[0].position - 1:
            return await self._from_database(position, tenant)
        newer = takewhile(lambda one: one.position > position, reversed(self._recent))
        return self._read, [one for one in newer if one.key.window.tenant == tenant][::-1]

    async def _from_database(self, position: int, tenant: str) -> tuple[int, Sequence[Announced]]:
        read = self._read
        async with self._database.reading() as session:
            news = await Kpis(session).announced(position, _PAGE, tenant)
        whole = len(news) < _PAGE
        return (max(read, news[-1].position if news else 0) if whole else news[-1].position), news

    async def _look(self) -> int:
        async with self._database.reading() as session:
            if not self._ready.is_set():
                self._read = await Kpis(session).last_position()
                self._ready.set()
            news = await Kpis(session).announced(self._read, _PAGE)
        if news:
            self._recent.extend(news)
            self._read = news[-1].position
            self._wake()
        return len(news)

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
