"""Tells visitors their place in the queue, and whether anybody is in."""

import asyncio
import logging
import time
from collections import defaultdict

from services.ingest.chat.frames import OFFLINE, encode
from services.ingest.chat.hub import Hub, wait
from services.ingest.chat.line import Line
from services.ingest.domain.chat.sessions import Key
from services.ingest.domain.chat.waiting import expected_wait
from services.ingest.repository.chat_queue import Queue, Queues
from shared.messaging.errors import describe, is_transient
from shared.service.standing import Fresh
from shared.storage import Database

log = logging.getLogger(__name__)

_NEWCOMERS_WAIT = 1.0
_AT_ONCE, _PACE = 20, 0.01


class Watch:
    """Looks every few seconds, once for all sessions of the process, and tells what is new."""

    def __init__(self, database: Database, hub: Hub, *, seconds: float) -> None:
        self._database = database
        self._hub = hub
        self._seconds = seconds
        self._available = Fresh(self._count)

    async def agents(self, tenant: str) -> int:
        """How many agents of the tenant are available; at most half a second old."""
        return await self._available.get(tenant, "")

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; who has just come into a queue is told within a second."""
        next_full = 0.0
        while not stop.is_set():
            full = time.monotonic() >= next_full
            if full:
                next_full = time.monotonic() + self._seconds
            try:
                await self._look(full=full)
            except Exception as error:
                level = logging.WARNING if is_transient(error) else logging.ERROR
                log.log(level, "chat queues not read", extra={"error": describe(error)})
            await wait(stop, min(_NEWCOMERS_WAIT, self._seconds))
            if not self._hub.moved.is_set():
                await _first(stop, self._hub.moved, next_full - time.monotonic())
            self._hub.moved.clear()

    async def _count(self, tenant: str, _nobody: str) -> int:
        async with self._database.reading() as session:
            return (await Queues(session).available([tenant])).get(tenant, 0)

    async def _look(self, *, full: bool) -> None:
        """full: all lines; else those that were not told a place yet."""
        lines = [line for line in self._hub.lines if full or "queue" not in line.told]
        if not lines:
            return
        queues = {(line.key[0], line.account) for line in lines}
        async with self._database.reading() as session:
            found = Queues(session)
            if full:
                places = await found.positions(queues)
            else:
                places = await found.places({line.key for line in lines})
            medians = await found.medians({queue for queue, _ in places.values()})
            agents = await found.available({line.key[0] for line in lines})
        by_key: defaultdict[Key, list[Line]] = defaultdict(list)
        for line in lines:
            by_key[line.key].append(line)
            tell_presence(line, agents.get(line.key[0], 0))
        for number, key in enumerate(places.keys() & by_key.keys()):
            queue, place = places[key]
            _tell_place(by_key[key], place, queue, medians)
            if number % _AT_ONCE == _AT_ONCE - 1:
                # A whole queue moves by one at a time: messages must not wait behind that.
                await asyncio.sleep(_PACE)


def tell_presence(line: Line, agents: int) -> None:
    """online or offline, when it has changed since it was told."""
    online = agents > 0
    line.tell("online", online, lambda: encode({"type": "online"} if online else OFFLINE))


async def _first(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    """Until either is set, but not longer."""
    waits = [asyncio.ensure_future(one.wait()), asyncio.ensure_future(other.wait())]
    await asyncio.wait(waits, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
    for waiting in waits:
        waiting.cancel()
    await asyncio.gather(*waits, return_exceptions=True)


def _tell_place(lines: list[Line], place: int, queue: Queue, medians: dict[Queue, float]) -> None:
    wait_seconds = expected_wait(place, medians.get(queue))
    frame = {"type": "queue", "position": place, "expected_seconds": wait_seconds}
    for line in lines:
        line.tell("queue", (place, wait_seconds), lambda: encode(frame))
