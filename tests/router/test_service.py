"""Router as it runs: its own process between Kafka, PostgreSQL and HTTP."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.local import topics
from deploy.local.broker import Broker
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.processes import Program
from deploy.local.stack import Stack
from shared.contracts.envelope import to_headers, to_value
from shared.testing.access import Access
from shared.testing.stack import another_kafka
from tests.router.conftest import fresh_database
from tests.router.events import message

PATIENCE = 60


@pytest.fixture
def kafka() -> Iterator[Broker]:
    """A broker of its own: on the session's one the suite's router would share the work."""
    yield from another_kafka("router")


async def until(ask: Callable[[], Awaitable[Any]]) -> Any:
    """What `ask` answers, as soon as that is something."""
    async with asyncio.timeout(PATIENCE):
        while not (answer := await ask()):
            await asyncio.sleep(0.05)
    return answer


async def read(kafka: Broker, topic: str, count: int) -> list[dict[str, Any]]:
    """The data of the first `count` events of a topic."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(PATIENCE):
            return [json.loads((await consumer.getone()).value) for _ in range(count)]
    finally:
        await consumer.stop()


async def test_a_message_on_kafka_becomes_an_assigned_ticket_that_is_acknowledged(
    stack: Stack, postgres: Postgres, kafka: Broker, access: Access, migrated: str
) -> None:
    address = f"http://127.0.0.1:{(port := free_port())}"
    environment = {
        **kafka.environment,
        **access.environment,
        "DATABASE_URL": fresh_database(postgres, migrated),
        "ROUTER_HTTP_PORT": str(port),
        "ROUTER_ACKNOWLEDGE_AFTER": "0",
    }
    await topics.create_catalog(kafka.bootstrap_servers)
    process = stack.process(
        Program(
            name="router-under-test",
            command=(sys.executable, "-m", "services.router", "all"),
            environment=environment,
        )
    )
    await asyncio.to_thread(process.start)
    admin = access.service("demo", "tenants:write", "agents:write", "agents:read", "tickets:read")
    try:
        async with httpx.AsyncClient(base_url=address, headers=admin) as client:
            await _tell_the_story(client, kafka)
    finally:
        await asyncio.to_thread(process.stop)


async def _tell_the_story(client: httpx.AsyncClient, kafka: Broker) -> None:
    async def answers() -> bool:
        try:
            return (await client.get("/live")).is_success
        except httpx.TransportError:
            return False

    await until(answers)
    await _ask(client, "PUT", "/v1/tenants/demo", {"name": "Demo"})
    await _ask(client, "PUT", "/v1/teams/support", {"name": "Support"})
    ana = await _ask(client, "POST", "/v1/agents", {"name": "Ana", "teams": ["support"]})
    at_work = f"/v1/agents/{ana['id']}/availability"
    await _ask(client, "POST", at_work, {"availability": "available"})
    await _publish(kafka, "support.messages.v1")

    async def ticket() -> dict[str, Any] | None:
        found = await client.get("/v1/tickets/by-number/1")
        return found.json() if found.is_success and len(found.json()["entries"]) == 2 else None

    shown = await until(ticket)
    assert shown["assignee"] == ana["id"]
    assert [entry["kind"] for entry in shown["entries"]] == ["message", "acknowledgement"]
    announced = await read(kafka, "support.tickets.v1", 3)
    assert [event["ticket"]["version"] for event in announced] == [1, 2, 3]
    (asked,) = await read(kafka, "support.outgoing.v1", 1)
    assert asked["ticket_id"] == shown["id"]


async def _ask(client: httpx.AsyncClient, method: str, path: str, body: Any) -> Any:
    answer = await client.request(method, path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def _publish(kafka: Broker, topic: str) -> None:
    event = message(1).event
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    await producer.start()
    try:
        key = event.partitionkey
        assert key is not None
        await producer.send_and_wait(
            topic, to_value(event.data), key=key.encode(), headers=to_headers(event)
        )
    finally:
        await producer.stop()
