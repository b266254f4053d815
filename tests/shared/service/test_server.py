"""The HTTP server and the parts of a process: they finish what is in hand, and begin anew."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.responses import StreamingResponse

from shared.messaging.events import current_traceparent
from shared.service import connection
from shared.service.api import Api
from shared.service.parts import Part
from shared.service.server import HttpServer

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def app() -> Api:
    return Api.bare("test", "", body_limit=1024)


@asynccontextmanager
async def served(app: Api) -> AsyncIterator[int]:
    """The app behind a port of its own."""
    stop = asyncio.Event()
    server = HttpServer(app, "127.0.0.1", 0)
    serving = asyncio.create_task(server.run(stop))
    yield server.port
    stop.set()
    await asyncio.wait_for(serving, 5)


async def test_a_request_in_hand_is_answered_before_the_end(app: Api) -> None:
    reached, stop, going_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> str:
        reached.set()
        await going_on.wait()
        return "done"

    server = HttpServer(app, "127.0.0.1", 0)
    serving = asyncio.create_task(server.run(stop))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        asked = asyncio.create_task(client.get("/slow"))
        await asyncio.wait_for(reached.wait(), 5)
        stop.set()
        await asyncio.sleep(0)
        going_on.set()
        assert (await asked).json() == "done"
    await asyncio.wait_for(serving, 5)


async def test_a_connection_whose_headers_do_not_go_on_is_closed(
    app: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEADER_SECONDS", 0.3)
    whole = b"GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n"
    async with served(app) as port:
        for said in (
            b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: te", whole + b"GET / HTTP/1.1\r\nX:"
        ):  # fmt: skip
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            answer = await asyncio.wait_for(reader.read(), 5)
            assert answer.startswith(b"HTTP/1.1 404") == said.startswith(whole)
            writer.close()


async def test_a_body_that_was_answered_before_its_end_keeps_no_connection_open(
    app: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEADER_SECONDS", 0.3)
    head = b"POST /nothing HTTP/1.1\r\nHost: test\r\nContent-Encoding: gzip\r\n"
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + b"Content-Length: 1000\r\n\r\n")
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 415")
        writer.write(b"x")
        assert await asyncio.wait_for(reader.read(), 4) == b""
        writer.close()


async def test_an_idle_connection_between_two_requests_is_kept(
    app: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEADER_SECONDS", 0.2)
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n")
            assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 404")
            await asyncio.sleep(0.5)
        writer.close()


async def test_an_endless_answer_ends_with_the_process(app: Api) -> None:
    stop = asyncio.Event()

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def lines():  # type: ignore[no-untyped-def]
            yield "first\n"
            await stop.wait()

        return StreamingResponse(lines())

    server = HttpServer(app, "127.0.0.1", 0)
    serving = asyncio.create_task(server.run(stop))
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
        client.stream("GET", "/stream") as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == "first"
        stop.set()
        assert [line async for line in lines] == []
    await asyncio.wait_for(serving, 5)


async def test_a_callers_trace_goes_on_behind_an_endpoint(app: Api) -> None:
    @app.get("/trace")
    async def trace() -> str | None:
        return current_traceparent()

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/trace", headers={"traceparent": TRACE})
        assert answer.json().split("-")[1] == TRACE.split("-")[1]
        for other in ("nonsense", "00-zz-zz-01"):
            answer = await client.get("/trace", headers={"traceparent": other})
            assert answer.status_code == 200
    assert current_traceparent() is None


async def test_a_part_that_fails_is_named_and_begins_anew() -> None:
    stop, runs = asyncio.Event(), 0

    async def send_mails(stop: asyncio.Event) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise ConnectionRefusedError
        await stop.wait()

    part = Part("send-mails", send_mails)
    running = asyncio.create_task(part.run(stop))
    async with asyncio.timeout(5):
        while runs < 2:
            await asyncio.sleep(0.01)
    (check,) = await part.checks()
    assert not check.ok
    assert check.reason is not None
    assert check.reason.startswith("failed: ConnectionRefusedError")
    stop.set()
    await asyncio.wait_for(running, 5)
