"""The event stream, over a real connection: what changes comes to everyone who may see it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from services.metrics.domain.windows import start_of
from shared.contracts.metrics import MetricUpdated
from shared.service import Service, create_app
from shared.service.server import HttpServer
from shared.testing.access import Access
from tests.metrics.conftest import Suite
from tests.metrics.events import events
from tests.metrics.logs import Line, Place

HOME = Place("email", "-", "normal")


@dataclass
class Server:
    """The API of the service, listening."""

    address: str
    stop: asyncio.Event


@pytest.fixture
async def server(service: Service) -> AsyncIterator[Server]:
    """Runs the API and what feeds its stream, as the role api does."""
    stop = asyncio.Event()
    http = HttpServer(create_app(service), "127.0.0.1", 0)
    running = [
        asyncio.create_task(http.run(stop)),
        *[asyncio.create_task(listener(stop)) for listener in service.listeners],
    ]
    yield Server(f"http://127.0.0.1:{http.port}", stop)
    stop.set()
    await asyncio.gather(*running)


@dataclass
class Sent:
    """One event as a client sees it."""

    id: int
    name: str
    updated: MetricUpdated


class Listener:
    """A client of the stream."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.comments: list[str] = []

    async def next(self) -> Sent:
        """The next event; comments are put aside."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if line.startswith(":"):
                self.comments.append(value)
            elif line:
                fields[name] = value
            elif "data" in fields:
                data = MetricUpdated.model_validate(json.loads(fields["data"]))
                return Sent(int(fields["id"]), fields["event"], data)
        raise EOFError

    async def until(self, metric: str, count: int) -> list[Sent]:
        """Events up to the one that says `count` of a metric, for the whole tenant, by the hour."""
        seen: list[Sent] = []
        async with asyncio.timeout(10):
            while True:
                sent = await self.next()
                seen.append(sent)
                updated = sent.updated
                figure = (updated.metric, updated.window, updated.count, updated.dimensions)
                if figure == (metric, "hour", count, {}):
                    return seen


@asynccontextmanager
async def listening(
    server: Server, headers: dict[str, str], **query: str
) -> AsyncIterator[Listener]:
    """A client that is connected and has heard the first comment."""
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream(
            "GET", f"{server.address}/v1/kpis/stream", headers=headers, params=query
        ) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        async for line in lines:
            if not line:
                break
        yield Listener(lines)


async def open_tickets(suite: Suite, *numbers: int, tenant: str = "demo") -> None:
    """Tickets are opened now, and the figures announced."""
    at = start_of(await suite.now(), "hour") + timedelta(seconds=1)
    log = [Line(number, 1, at, "opened", HOME, at, False, None) for number in numbers]
    await suite.consume(events(log, tenant))
    await suite.rest("announce")
    await suite.fire()


async def test_figures_come_as_they_change_to_every_client(
    suite: Suite, server: Server, access: Access
) -> None:
    headers = access.service("demo", "kpis:read")
    async with listening(server, headers) as one, listening(server, headers) as other:
        await open_tickets(suite, 1, 2, 3)
        for listener in (one, other):
            seen = await listener.until("ticket-volume", 3)
            assert {sent.name for sent in seen} == {"metric.updated"}
            ids = [sent.id for sent in seen]
            assert ids == sorted(set(ids))


async def test_a_client_that_comes_back_goes_on_where_it_was(
    suite: Suite, server: Server, access: Access
) -> None:
    headers = access.service("demo", "kpis:read")
    async with listening(server, headers) as before:
        await open_tickets(suite, 1)
        last = (await before.until("ticket-volume", 1))[-1].id
    await open_tickets(suite, 2)
    await open_tickets(suite, 3)
    async with listening(server, headers | {"Last-Event-ID": str(last)}) as after:
        seen = await after.until("ticket-volume", 3)
    assert all(sent.id > last for sent in seen)


async def test_a_client_from_before_the_process_started_is_served_from_the_database(
    suite: Suite, service: Service, access: Access
) -> None:
    await open_tickets(suite, *range(1, 6))
    stop = asyncio.Event()
    http = HttpServer(create_app(service), "127.0.0.1", 0)
    tasks = [asyncio.create_task(http.run(stop)), asyncio.create_task(service.listeners[0](stop))]
    headers = access.service("demo", "kpis:read") | {"Last-Event-ID": "0"}
    async with listening(Server(f"http://127.0.0.1:{http.port}", stop), headers) as listener:
        await listener.until("ticket-volume", 5)
        await open_tickets(suite, 6)
        await listener.until("ticket-volume", 6)
    stop.set()
    await asyncio.gather(*tasks)


async def test_a_tenants_figures_go_to_that_tenant_only(
    suite: Suite, server: Server, access: Access, service: Service
) -> None:
    await access.know(service.database, "acme")
    async with listening(server, access.service("acme", "kpis:read")) as listener:
        await open_tickets(suite, 1, 2)
        await open_tickets(suite, 1, tenant="acme")
        seen = await listener.until("ticket-volume", 1)
    assert {sent.updated.tenant for sent in seen} == {"acme"}


async def test_a_client_may_listen_to_one_metric(
    suite: Suite, server: Server, access: Access
) -> None:
    headers = access.service("demo", "kpis:read")
    async with listening(server, headers, metric="ticket-volume") as listener:
        await open_tickets(suite, 1)
        seen = await listener.until("ticket-volume", 1)
    assert {sent.updated.metric for sent in seen} == {"ticket-volume"}


async def test_the_stream_ends_when_the_process_stops(server: Server, access: Access) -> None:
    async with listening(server, access.service("demo", "kpis:read")) as listener:
        server.stop.set()
        with pytest.raises(EOFError):
            async with asyncio.timeout(5):
                await listener.next()


async def test_the_stream_ends_when_the_caller_is_no_longer_let_in(
    server: Server, access: Access, service: Service
) -> None:
    async with listening(server, access.service("demo", "kpis:read")) as listener:
        await access.know(service.database, "demo", status="closed")
        with pytest.raises(EOFError):
            async with asyncio.timeout(5):
                await listener.next()


async def test_an_id_that_is_no_number_is_refused(server: Server, access: Access) -> None:
    headers = access.service("demo", "kpis:read") | {"Last-Event-ID": "yesterday"}
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{server.address}/v1/kpis/stream", headers=headers)
    assert answer.status_code == 422
