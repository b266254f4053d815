"""The service of these tests with a real database, in this process or in its own."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from sqlalchemy import text

from deploy.local import topics
from deploy.local.broker import Broker
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.stack import Stack
from shared.service import Service, create_app
from shared.storage import DatabaseSettings
from shared.storage.migrate import upgrade
from shared.testing.access import Access, access
from tests.shared.service.notes.processes import Notes
from tests.shared.service.notes.service import Gate, NoteSettings, build

__all__ = ["access"]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture(scope="session")
async def database_url(postgres: Postgres) -> str:
    """One database for all tests of one process; each test begins with empty tables."""
    url = postgres.database("notes")
    service = build(NoteSettings(database=DatabaseSettings(url=url)))
    await upgrade(service.database, service.chains)
    await service.database.dispose()
    return url


@pytest.fixture
async def service(database_url: str, access: Access, gate: Gate) -> AsyncIterator[Service]:
    database = DatabaseSettings(url=database_url)
    service = build(NoteSettings(database=database, auth=access.settings, http_port=0), gate)
    async with service.database.writing() as session:
        await session.execute(text("TRUNCATE note, idempotency_key, compacted_state, outbox"))
    await access.know(service.database, "demo")
    yield service
    await service.database.dispose()


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
async def topic(kafka: Broker) -> str:
    await topics.create_catalog(kafka.bootstrap_servers)
    return await kafka.topic("support.inbound.chat", partitions=1)


@pytest.fixture
def notes(
    stack: Stack, postgres: Postgres, kafka: Broker, access: Access, topic: str
) -> Iterator[Notes]:
    notes = Notes(
        stack,
        {
            **kafka.environment,
            **access.environment,
            "DATABASE_URL": postgres.database("notes"),
            "KAFKA_SESSION_TIMEOUT": "6",
            "NOTES_HTTP_PORT": str(free_port()),
            "NOTES_TOPIC": topic,
        },
    )
    assert notes.once("migrate")[0] == 0
    yield notes
    for process in notes.processes:
        if process.alive:
            process.kill()
