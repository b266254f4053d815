"""The sessions whose visitors this process serves: reads what is new of them, and hands it out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from services.ingest.chat.frames import encode, entry_frame
from services.ingest.chat.line import Line
from services.ingest.chat.wire import Wire
from services.ingest.domain.chat.sessions import Entry, Key
from services.ingest.metric_names import CHAT_SOCKETS
from services.ingest.repository.chat import MOST_AT_ONCE, Chats
from shared.messaging.errors import describe, is_transient
from shared.storage import Database

log = logging.getLogger(__name__)

Links = Callable[[Key, Entry], list[str]]
"""Where each file of an entry can be read."""

_KEYS_AT_ONCE = 500
_AGAIN = 0.5


class Hub:
    """Lines by session. The truth is read from the database, for many sessions at a time.

    What this process commits is handed out as it is, without reading it again. A hint that another
    one has changed a session makes it read at once; without any hint all sessions are looked at
    every `poll` seconds, `calm_poll` while Redis brings hints from the other processes.
    """

    def __init__(self, database: Database, wire: Wire, *, poll: float, calm_poll: float) -> None:
        self._database = database
        self._wire = wire
        self._poll, self._calm_poll = poll, calm_poll
        self._rooms: dict[Key, set[Line]] = {}
        self._changed: set[Key] = set()
        self._news = asyncio.Event()
        self.links: Links = lambda key, entry: [""] * len(entry.files)
        self.moved = asyncio.Event()

    @property
    def lines(self) -> list[Line]:
        """All of this process."""
        return [line for lines in self._rooms.values() for line in lines]

    def join(self, line: Line) -> None:
        """Serves a line from its cursor on."""
        if line.key not in self._rooms:
            self._rooms[line.key] = set()
            self._wire.listen(line.key)
        self._rooms[line.key].add(line)
        CHAT_SOCKETS.inc()
        self.look({line.key})

    def leave(self, line: Line) -> None:
        """The socket is gone."""
        lines = self._rooms[line.key]
        lines.discard(line)
        CHAT_SOCKETS.dec()
        if not lines:
            del self._rooms[line.key]
            self._wire.ignore(line.key)

    def told(self, changed: Mapping[Key, Sequence[Entry]]) -> None:
        """Sessions have changed, by what this process has committed: the new entries of each."""
        for key, entries in changed.items():
            if key in self._rooms and entries:
                self._offer(key, entries[0].seq - 1, entries)
        self._wire.say(changed)
        self.moved.set()

    def _offer(self, key: Key, after: int, entries: Sequence[Entry]) -> None:
        """Hands out the entries that follow `after`; reads for those who have not come so far.

        Such a line joined, or got room, after the cursors were looked at. One that is full is read
        for once its reader goes on.
        """
        frames = [(e.seq, encode(entry_frame(e, self.links(key, e)))) for e in entries]
        lines = self._rooms.get(key, ())
        for line in lines:
            line.offer(after, frames)
        if any(line.behind and not line.is_full for line in lines):
            self.look([key])

    def look(self, keys: Collection[Key]) -> None:
        """Reads these sessions as soon as may be, where anybody listens here."""
        if mine := [key for key in keys if key in self._rooms]:
            self._changed.update(mine)
            self._news.set()

    def signal(self, key: Key, signal: dict[str, Any], besides: Line | None = None) -> None:
        """Something that may be lost, to every other socket of the session, here and elsewhere."""
        self._hand_out(key, signal, besides)
        self._wire.say([key], signal)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set."""
        works: list[Awaitable[None]] = [
            self._read_on(), self._look_at_times(), self._wire.run(stop, self._heard, self._all),
        ]  # fmt: skip
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            await stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.close()

    async def close(self) -> None:
        """Ends its connections to Redis."""
        await self._wire.close()

    def _all(self) -> None:
        self.look(list(self._rooms))

    def _heard(self, key: Key, signal: dict[str, Any] | None) -> None:
        if signal is None:
            self.look([key])
            self.moved.set()
        else:
            self._hand_out(key, signal, None)

    def _hand_out(self, key: Key, signal: dict[str, Any], besides: Line | None) -> None:
        frame = encode(signal)
        for line in self._rooms.get(key, ()):
            if line is not besides:
                line.push(frame)

    async def _look_at_times(self) -> None:
        while True:
            await asyncio.sleep(self._calm_poll if self._wire.connected else self._poll)
            self._all()

    async def _read_on(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            keys, self._changed = list(self._changed), set()
            for begin in range(0, len(keys), _KEYS_AT_ONCE):
                await self._read_some(keys[begin : begin + _KEYS_AT_ONCE])

    async def _read_some(self, keys: list[Key]) -> None:
        try:
            await self._read(keys)
        except Exception as error:
            level = logging.WARNING if is_transient(error) else logging.ERROR
            log.log(level, "chat sessions not read", extra={"error": describe(error)})
            self.look(keys)
            await asyncio.sleep(_AGAIN)

    async def _read(self, keys: list[Key]) -> None:
        cursors = {key: cursor for key in keys if (cursor := self._cursor(key)) is not None}
        if not cursors:
            return
        async with self._database.reading() as session:
            found = await Chats(session).entries_after(cursors)
        for key, entries in found.items():
            self._offer(key, cursors[key], entries)
            if len(entries) == MOST_AT_ONCE:
                self.look([key])

    def _cursor(self, key: Key) -> int | None:
        """How far the last of its lines is that can take more; None where none can."""
        cursors = []
        for line in self._rooms.get(key, ()):
            line.behind = line.is_full
            if not line.behind:
                cursors.append(line.cursor)
        return min(cursors, default=None)


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set, but not longer."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
