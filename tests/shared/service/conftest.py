"""The service of these tests with a real database, in this process."""

from collections.abc import AsyncIterator

import httpx
import pytest

from deploy.local.postgres import Postgres
from shared.service import Service, create_app
from shared.storage import DatabaseSettings
from shared.storage.migrate import upgrade
from shared.testing.access import Access, access
from tests.shared.service.notes.service import Gate, NoteSettings, build

__all__ = ["access"]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def service(postgres: Postgres, access: Access, gate: Gate) -> AsyncIterator[Service]:
    database = DatabaseSettings(url=postgres.database("notes"))
    service = build(NoteSettings(database=database, auth=access.settings, http_port=0), gate)
    await upgrade(service.database, service.chains)
    await access.know(service.database, "demo")
    yield service
    await service.database.dispose()


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
