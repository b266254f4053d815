"""Two replicas, Redis lost in the middle, one replica killed: every message once, in order."""

import asyncio
import sys
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from deploy.local.ports import free_port
from deploy.local.processes import Process as LocalProcess
from deploy.local.processes import Program
from deploy.local.stack import Stack
from deploy.local.valkey import Valkey
from services.ingest.settings import IngestSettings
from services.ingest.settings.chat import ChatSettings, RedisSettings
from shared.contracts.inbound import InboundChatMessageSent
from shared.messaging import UnitOfWork
from shared.testing.access import Access
from tests.ingest.chatroom import Backstage, Visitor, clock_in, replica
from tests.ingest.mailroom import Mailroom, asked

ROUNDS = 8


@pytest.fixture
def redis(stack: Stack) -> Valkey:
    """A Valkey of this test's own, which it stops."""
    made = Valkey(stack, free_port())
    made.start()
    return made


@pytest.fixture
async def shared_settings(
    settings: IngestSettings, redis: Valkey, access: Access, mailroom: Mailroom
) -> IngestSettings:
    await access.know(mailroom.unit.database, "demo")
    await clock_in(mailroom.unit.database, "demo")
    return settings.model_copy(
        update={
            "redis": RedisSettings(url=redis.url),
            "chat": ChatSettings(poll=0.2, calm_poll=60, queue_poll=60, rate=1000, burst=1000),
            "http_port": 0,
        }
    )


@pytest.fixture
async def second(
    stack: Stack, shared_settings: IngestSettings, redis: Valkey, access: Access
) -> AsyncIterator[tuple[LocalProcess, int]]:
    """A replica as a process of its own, which can be killed."""
    port = free_port()
    process = stack.process(
        Program(
            name=f"ingest-{port}",
            command=(sys.executable, "-m", "services.ingest", "api"),
            environment={
                **access.environment,
                "DATABASE_URL": shared_settings.database.url,
                "REDIS_URL": redis.url,
                "BLOBS_URL": shared_settings.blobs.url,
                "INGEST_HTTP_PORT": str(port),
                "INGEST_CHAT_POLL": "0.2",
                "INGEST_CHAT_CALM_POLL": "60",
                "INGEST_CHAT_RATE": "1000",
                "INGEST_CHAT_BURST": "1000",
            },
        )
    )
    process.start()
    async with httpx.AsyncClient() as client, asyncio.timeout(60):
        while not await _answers(client, port):
            await asyncio.sleep(0.1)
    yield process, port
    process.kill()


async def test_nothing_is_lost_or_doubled_when_redis_goes_and_a_replica_is_killed(
    shared_settings: IngestSettings,
    second: tuple[LocalProcess, int],
    redis: Valkey,
    unit: UnitOfWork,
    mailroom: Mailroom,
) -> None:
    process, port = second
    backstage = Backstage(unit, shared_settings)
    async with replica(shared_settings) as first:
        here = await Visitor.come(first.port)
        await here.say("begin")
        there = await Visitor.come(port, token=here.token)
        await _talk(here, there, backstage, "with-redis")
        await asyncio.to_thread(redis.stop)
        await _talk(here, there, backstage, "without-redis")
        await asyncio.to_thread(redis.start)
        await _talk(here, there, backstage, "redis-back")
        process.kill()
        seen = there.entries[-1]["seq"]
        # What was sent as the replica died may be stored or not: it is sent again, once.
        moved = await Visitor.come(first.port, token=here.token, cursor=seen)
        moved.entries = there.entries
        await _talk(here, moved, backstage, "one-killed")
        await moved.say("there-redis-back-0")
        last = 1 + 4 * ROUNDS * 3
        for visitor in (here, moved):
            if len(visitor.entries) < last:
                await visitor.entry(last)
            assert [entry["seq"] for entry in visitor.entries] == list(range(1, last + 1))
        assert here.entries == moved.entries
        announced = await mailroom.announced(InboundChatMessageSent)
        assert len(announced) == len({e.data.message_id for e in announced}) == 1 + 4 * ROUNDS * 2
    await backstage.close()


async def _talk(here: Visitor, there: Visitor, backstage: Backstage, phase: str) -> None:
    """Both sockets write, and so does an agent, all at the same time."""

    async def write(visitor: Visitor, name: str) -> None:
        for number in range(ROUNDS):
            id = f"{name}-{phase}-{number}"
            ack = await visitor.say(id, id)
            assert ack["type"] == "ack", ack

    async def answer(session: UUID) -> None:
        for number in range(ROUNDS):
            await backstage.outgoing(asked(session, f"agent-{phase}-{number}"))

    await asyncio.gather(write(here, "here"), write(there, "there"), answer(here.session))


async def _answers(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/live")).is_success
    except httpx.TransportError:
        return False
