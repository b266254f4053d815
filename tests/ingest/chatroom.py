"""Replicas of the service with real sockets, and visitors who connect to them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from services.ingest.app import build
from services.ingest.chat.desk import ChatDesk
from services.ingest.chat.hearing import spoken_too
from services.ingest.pressure import Pressure
from services.ingest.settings import IngestSettings
from services.ingest.usecases.chat_hear import seat_agents
from services.ingest.usecases.queue_outgoing import queue_outgoing
from shared.contracts.agents import AgentChanged
from shared.contracts.catalog import topic_of
from shared.messaging import Received, UnitOfWork, tables
from shared.service.process import Process
from shared.storage import Database

SECONDS = 10.0


@asynccontextmanager
async def replica(settings: IngestSettings) -> AsyncIterator[Process]:
    """The service's role api, as a process plays it, in this one."""
    process = Process(build(settings), ["api"])
    running = asyncio.create_task(process.run())
    try:
        yield process
    finally:
        process.stopping.set()
        await running


class Visitor:
    """One socket. `frames` holds what came and was not waited for yet."""

    def __init__(self, connection: ClientConnection, welcome: dict[str, Any]) -> None:
        self.connection = connection
        self.welcome = welcome
        self.frames: list[dict[str, Any]] = []
        self.entries: list[dict[str, Any]] = []

    @classmethod
    async def come(
        cls, port: int, *, tenant: str = "demo", account: str = "web", origin: str | None = None,
        headers: Mapping[str, str] | None = None, **hello: Any,
    ) -> Self:  # fmt: skip
        """Connects and says hello."""
        connection = await dial(
            port, tenant=tenant, account=account, origin=origin, headers=headers
        )
        await connection.send(json.dumps({"type": "hello", **hello}))
        welcome = json.loads(await asyncio.wait_for(connection.recv(), SECONDS))
        assert welcome["type"] == "welcome", welcome
        return cls(connection, welcome)

    @property
    def session(self) -> UUID:
        return UUID(self.welcome["session"])

    @property
    def token(self) -> str:
        return str(self.welcome["token"])

    async def send(self, type: str, **fields: Any) -> None:
        await self.connection.send(json.dumps({"type": type, **fields}))

    async def say(self, id: str, text: str = "Hello") -> dict[str, Any]:
        """Says something and returns the answer."""
        await self.send("message", id=id, text=text)
        return await self.until(lambda f: f["type"] in {"ack", "error"} and f.get("id") == id)

    async def get(self, type: str, **fields: Any) -> dict[str, Any]:
        """The next frame of this type with these fields; what comes before it is kept."""
        wanted = {"type": type, **fields}
        return await self.until(lambda f: wanted.items() <= f.items())

    async def until(self, fits: Any) -> dict[str, Any]:
        async with asyncio.timeout(SECONDS):
            while True:
                for number, frame in enumerate(self.frames):
                    if fits(frame):
                        return self.frames.pop(number)
                frame = json.loads(await self.connection.recv())
                self.frames.append(frame)
                if frame["type"] == "entry":
                    self.entries.append(frame)

    async def entry(self, seq: int) -> dict[str, Any]:
        """The entry with this number."""
        return await self.get("entry", seq=seq)

    async def close(self) -> None:
        await self.connection.close()


async def dial(
    port: int, *, tenant: str = "demo", account: str = "web", origin: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> ClientConnection:  # fmt: skip
    """A socket that has not said hello yet."""
    url = f"ws://127.0.0.1:{port}/v1/chat/{account}?tenant={tenant}"
    return await connect(url, origin=origin, additional_headers=headers, compression=None)  # type: ignore[arg-type]


async def refused_with(
    port: int, *, tenant: str = "demo", account: str = "web", origin: str | None = None
) -> int:
    """The HTTP status that a socket gets instead of an upgrade."""
    with pytest.raises(InvalidStatus) as refused:
        await dial(port, tenant=tenant, account=account, origin=origin)
    return refused.value.response.status_code


class Backstage:
    """What consumers and timers do, in a process without sockets: it tells by Redis alone."""

    def __init__(self, unit: UnitOfWork, settings: IngestSettings) -> None:
        self.unit = unit
        pressure = Pressure(unit.database, settings)
        self.desk = ChatDesk(unit, settings.chat, settings.redis.url, pressure)
        self._speak = spoken_too(_queue, self.desk.take)

    async def close(self) -> None:
        await self.desk.close()

    async def outgoing(self, *received: Received[Any]) -> None:
        async with self.unit.begin() as (session, outbox, now):
            await self._speak(session, outbox, received, now)

    async def tickets(self, *received: Received[Any]) -> None:
        async with self.unit.begin() as (session, outbox, now):
            await seat_agents(session, outbox, received, now, take=self.desk.take)


async def _queue(session: Any, outbox: Any, received: Any, now: Any) -> None:
    await queue_outgoing(session, outbox, received, now, mail_domain="desk.test")


async def clock_in(
    database: Database, tenant: str, *, name: str = "Mia", availability: str = "available"
) -> UUID:
    """An agent whom support.agents.v1 has said this of."""
    agent = AgentChanged(
        agent_id=uuid4(), name=name, availability=availability, changed_at=datetime.now(UTC)
    )
    row = {
        "topic": topic_of(AgentChanged).name, "key": str(agent.agent_id), "tenant": tenant,
        "sequence": 1, "type": AgentChanged.TYPE, "data": agent.model_dump(mode="json"),
    }  # fmt: skip
    async with database.writing() as session:
        await session.execute(insert(tables.compacted_state).values(row))
    return agent.agent_id
