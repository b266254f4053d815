"""Bodies that are too large, too slow or encoded, over a real connection."""

import socket
from asyncio import (
    Semaphore,
    StreamReader,
    StreamWriter,
    create_task,
    open_connection,
    sleep,
    timeout,
    wait_for,
)
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from fastapi import Request
from pydantic import BaseModel

from shared.service import body_pace
from shared.service.api import Api
from tests.shared.service.answers import problem_of

LIMIT = 4096


class Order(BaseModel):
    name: str


@pytest.fixture
def app() -> Api:
    app = Api.bare("test", "for tests", body_limit=LIMIT)

    @app.post("/v1/orders")
    async def order(order: Order) -> str:
        return order.name

    @app.post("/v1/raw", max_body_size=2 * LIMIT)
    async def raw(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    return app


@asynccontextmanager
async def serving(app: Api) -> AsyncIterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        task = create_task(server.serve([listener]))
        try:
            while not server.started:
                await sleep(0.01)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task


@pytest.fixture
async def served(app: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        yield client


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 1024


async def test_a_body_is_taken_up_to_its_limit(served: httpx.AsyncClient) -> None:
    answer = await served.post("/v1/raw", content=b"x" * 2 * LIMIT)
    assert answer.json() == {"size": 2 * LIMIT}
    assert (await served.post("/v1/raw", content=pieces(8))).json() == {"size": 8192}


async def test_a_body_over_the_limit_is_a_413_whatever_its_sender_says_of_it(
    served: httpx.AsyncClient,
) -> None:
    for content in (b"x" * (2 * LIMIT + 1), pieces(9)):
        answer = await served.post("/v1/raw", content=content)
        assert problem_of(answer, 413)["limit"] == 2 * LIMIT
        assert answer.headers["x-request-id"]


async def test_the_apps_limit_holds_where_a_route_says_nothing(served: httpx.AsyncClient) -> None:
    body = b'{"name":"' + b"x" * LIMIT + b'"}'
    headers = {"content-type": "application/json"}
    answer = await served.post("/v1/orders", content=body, headers=headers)
    assert problem_of(answer, 413)["limit"] == LIMIT


async def test_thirty_megabytes_get_their_answer_and_not_a_broken_connection(
    served: httpx.AsyncClient,
) -> None:
    problem_of(await served.post("/v1/raw", content=b"x" * 30_000_000), 413)


async def test_a_sender_who_asks_first_is_told_at_once(app: Api) -> None:
    async with serving(app) as port:
        reader, writer = await open_connection("127.0.0.1", port)
        writer.write(
            b"POST /v1/raw HTTP/1.1\r\nHost: test\r\nContent-Length: 30000000\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        status = await wait_for(reader.readline(), 5)
        writer.close()
        await writer.wait_closed()
    assert b" 413 " in status


@pytest.mark.parametrize(
    "codings", [["gzip"], ["identity, br"], ["GZIP", "identity"], ["x-unheard-of"]]
)
async def test_a_body_that_is_compressed_is_a_415_that_says_how_to_send_it(
    served: httpx.AsyncClient, codings: list[str]
) -> None:
    headers = [("content-encoding", coding) for coding in codings]
    answer = await served.post("/v1/raw", content=b"x" * 1024, headers=headers)
    problem_of(answer, 415)
    assert answer.headers["accept-encoding"] == "identity"
    assert answer.headers["x-request-id"]


async def test_a_body_that_says_it_is_not_encoded_is_taken(served: httpx.AsyncClient) -> None:
    headers = {"content-encoding": "Identity"}
    assert (await served.post("/v1/raw", content=b"x", headers=headers)).json() == {"size": 1}


async def test_a_body_that_stands_still_is_a_408_and_its_place_is_free_again(
    app: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_pace, "PATIENCE", 0.3)
    places = Semaphore(1)

    @app.post("/v1/place")
    async def place(request: Request) -> int:
        async with places:
            return len(await request.body())

    async with serving(app) as port, timeout(10):
        reader, writer = await begin(port, b"/v1/place", b"half")
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"urn:deskstream:problem:body-too-slow" in answer
        assert not places.locked()
        writer.close()
        await writer.wait_closed()


async def test_a_body_that_trickles_is_given_up_and_one_that_only_pauses_is_not(
    app: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_pace, "PATIENCE", 0.6)
    monkeypatch.setattr(body_pace, "BYTES_A_SECOND", 1024)
    async with serving(app) as port, timeout(20):
        reader, writer = await begin(port, b"/v1/raw", b"")
        for _ in range(6):
            writer.write(b"x" * 682)
            await sleep(0.4)
        writer.write(b"x" * 4)
        assert b" 200 " in await reader.readline()
        writer.close()
        reader, writer = await begin(port, b"/v1/raw", b"")
        trickle = create_task(trickled(writer))
        assert b" 408 " in await reader.readline()
        trickle.cancel()
        writer.close()


async def trickled(writer: StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await sleep(0.1)


async def begin(port: int, path: bytes, body: bytes) -> tuple[StreamReader, StreamWriter]:
    """A request whose body of 4096 bytes has only begun."""
    reader, writer = await open_connection("127.0.0.1", port)
    head = b"POST %b HTTP/1.1\r\nHost: test\r\nContent-Length: 4096\r\n\r\n" % path
    writer.write(head + body)
    await writer.drain()
    return reader, writer
