"""Every socket of a session gets every entry once and in order, whatever happens during a read."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from services.ingest.chat.hub import Hub
from services.ingest.chat.line import Line
from services.ingest.chat.wire import Wire
from services.ingest.domain.chat.sessions import Entry, Key
from services.ingest.repository.chat import MOST_AT_ONCE
from shared.storage import Database

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
KEY: Key = ("demo", uuid4())


class SlowDatabase:
    """Entries of one session. Each query waits to be let go, and has seen what was there before."""

    def __init__(self, stored: Iterable[int]) -> None:
        self.stored = list(stored)
        self.asked: asyncio.Queue[asyncio.Event] = asyncio.Queue()
        self.queries = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["SlowDatabase"]:
        yield self

    async def execute(self, _query: object, given: dict[str, Any]) -> list[Any]:
        self.queries += 1
        [cursor] = given["cursor"]
        found = [row(seq) for seq in self.stored if seq > cursor][: given["most"]]
        let_go = asyncio.Event()
        await self.asked.put(let_go)
        await let_go.wait()
        return found

    async def answer(self) -> None:
        """Lets the query that waits, or the next, have its answer."""
        async with asyncio.timeout(5):
            (await self.asked.get()).set()


def row(seq: int) -> Any:
    return SimpleNamespace(
        tenant=KEY[0], session_id=KEY[1], seq=seq, kind="reply", client_id=f"r:{UUID(int=seq)}",
        at=NOW, author=None, text="Hi", files=None, ticket_id=None, delivery_kind="reply",
    )  # fmt: skip


def entry(seq: int) -> Entry:
    return Entry(seq=seq, kind="reply", client_id=f"r:{UUID(int=seq)}", at=NOW)


def a_line(cursor: int, most: int = 1000) -> Line:
    return Line(KEY, "web", cursor, most)


async def got(line: Line, until: int) -> list[int]:
    """The numbers of the entries that its reader takes, up to one."""
    seen: list[int] = []
    async with asyncio.timeout(5):
        while not seen or seen[-1] < until:
            seen.append(json.loads(await line.queue.get())["seq"])
    return seen


@asynccontextmanager
async def hub_on(database: SlowDatabase) -> AsyncIterator[Hub]:
    hub = Hub(cast(Database, database), Wire(None), poll=3600, calm_poll=3600)
    stop = asyncio.Event()
    running = asyncio.create_task(hub.run(stop))
    try:
        yield hub
    finally:
        stop.set()
        await running


async def test_a_line_that_joins_during_a_read_gets_all_that_it_has_missed() -> None:
    database = SlowDatabase(range(1, 12))
    async with hub_on(database) as hub:
        old, back = a_line(10), a_line(4)
        hub.join(old)
        let_go = await database.asked.get()
        hub.join(back)
        let_go.set()
        assert await got(old, 11) == [11]
        await database.answer()
        assert await got(back, 11) == list(range(5, 12))
        assert old.queue.empty()


async def test_a_reader_that_drains_during_a_read_misses_nothing() -> None:
    database = SlowDatabase(range(1, 13))
    async with hub_on(database) as hub:
        slow, quick = a_line(4, most=3), a_line(11)
        hub.join(slow)
        await database.answer()
        taken = await got(slow, 5)
        assert slow.push("{}")
        assert slow.is_full
        hub.join(quick)
        let_go = await database.asked.get()
        taken += await got(slow, 7)
        assert slow.queue.get_nowait() == "{}"
        let_go.set()
        assert await got(quick, 12) == [12]
        for last in (10, 12):
            await database.answer()
            taken += await got(slow, last)
            hub.look([KEY])
        assert taken == list(range(5, 13))


async def test_what_is_committed_while_a_line_is_behind_waits_for_what_is_before_it() -> None:
    database = SlowDatabase(range(1, 11))
    async with hub_on(database) as hub:
        near, far = a_line(10), a_line(4)
        hub.join(near)
        hub.join(far)
        database.stored.append(11)
        hub.told({KEY: [entry(11)]})
        assert await got(near, 11) == [11]
        assert far.queue.empty()
        await database.answer()
        assert await got(far, 11) == list(range(5, 12))


async def test_a_long_session_is_read_page_by_page_to_lines_of_different_cursors() -> None:
    last = MOST_AT_ONCE * 2 + 50
    database = SlowDatabase(range(1, last + 1))
    async with hub_on(database) as hub:
        near, far = a_line(MOST_AT_ONCE + 30), a_line(0)
        hub.join(near)
        hub.join(far)
        for _ in range(3):
            await database.answer()
        assert await got(far, last) == list(range(1, last + 1))
        assert await got(near, last) == list(range(MOST_AT_ONCE + 31, last + 1))


async def test_an_erased_past_holds_nothing_up() -> None:
    database = SlowDatabase([8])
    async with hub_on(database) as hub:
        line = a_line(2)
        hub.join(line)
        await database.answer()
        assert await got(line, 8) == [8]
        assert database.queries == 1


@pytest.mark.parametrize("cursor", [0, 5, 8])
def test_a_line_takes_only_what_follows_what_it_has(cursor: int) -> None:
    line = a_line(cursor)
    line.offer(5, [(seq, json.dumps({"seq": seq})) for seq in (6, 7, 8)])
    assert line.behind == (cursor < 5)
    assert line.cursor == (0 if cursor == 0 else 8)
