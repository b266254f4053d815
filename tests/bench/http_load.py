"""Many HTTP clients, by hand over sockets: the load must cost less than the loaded."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlparse


@dataclass
class Answers:
    """What came back: how many of each status, and when each accepted body was answered."""

    statuses: dict[int, int] = field(default_factory=dict)
    answered_at: dict[int, float] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        """How many were answered 202."""
        return self.statuses.get(202, 0)


async def post_all(
    url: str,
    token: str,
    media_type: str,
    bodies: Iterable[bytes],
    clients: int,
    rate: float | None = None,
) -> Answers:
    """Posts every body once, over `clients` connections that are kept open.

    rate: bodies per second, each at its own moment of the schedule as long as a connection is
    free then; None for as fast as they are answered.
    """
    waiting = deque(enumerate(bodies))
    answers = Answers()
    due = Schedule(rate)
    await asyncio.gather(
        *(_client(url, token, media_type, waiting, answers, due) for _ in range(clients))
    )
    return answers


class Schedule:
    """When each body is due, from the moment on at which this was made."""

    def __init__(self, rate: float | None) -> None:
        self._begun, self._rate = perf_counter(), rate

    async def wait_for(self, number: int) -> None:
        """Until body `number` (from 0) is due."""
        if self._rate is not None:
            await asyncio.sleep(max(0.0, self._begun + number / self._rate - perf_counter()))


async def _client(
    url: str,
    token: str,
    media_type: str,
    waiting: deque[tuple[int, bytes]],
    answers: Answers,
    due: Schedule,
) -> None:
    address = urlparse(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    path = address.path + (f"?{address.query}" if address.query else "")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {media_type}\r\n"
    )
    try:
        while waiting:
            number, body = waiting.popleft()
            await due.wait_for(number)
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            status = await _answer(reader)
            answers.answered_at[number] = perf_counter()
            answers.statuses[status] = answers.statuses.get(status, 0) + 1
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    await reader.readexactly(length)
    return int(head[9:12])
