"""How many bytes of mails a process holds at a time, so that many large ones do not exhaust it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class NoRoom(Exception):
    """Nothing became free in time: the mail must come again later."""


class Room:
    """Bytes that are lent out in the order of asking; nobody is overtaken, so nobody starves."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.free = size
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def hold(self, size: int, seconds: float) -> AsyncIterator[None]:
        """Holds `size` bytes (all there are, at most) for the block; raises NoRoom in time."""
        size = min(size, self.size)
        await self._take(size, seconds)
        try:
            yield
        finally:
            self._give_back(size)

    async def _take(self, size: int, seconds: float) -> None:
        if not self._waiting and size <= self.free:
            self.free -= size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await asyncio.wait_for(asyncio.shield(turn), seconds)
        except BaseException as error:
            if turn.done():
                self._give_back(size)
            else:
                self._waiting.remove((size, turn))
                self._serve()
            if isinstance(error, TimeoutError):
                raise NoRoom from None
            raise

    def _give_back(self, size: int) -> None:
        self.free += size
        self._serve()

    def _serve(self) -> None:
        while self._waiting and self._waiting[0][0] <= self.free:
            size, turn = self._waiting.popleft()
            self.free -= size
            turn.set_result(None)
