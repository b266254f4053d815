"""A database of ingest for each test that asks for one, with a mailbox and a chat."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from deploy.local.postgres import Postgres
from services.ingest.app import build
from services.ingest.settings import IngestSettings
from shared.messaging import UnitOfWork
from shared.service import Service, create_app
from shared.storage import BlobSettings, BlobStore, Database, DatabaseSettings
from shared.storage.migrate import upgrade
from shared.testing.access import Access, access
from tests.ingest.certificates import certificate
from tests.ingest.mailroom import Mailroom

__all__ = ["access", "certificate"]


@pytest.fixture(scope="session")
async def migrated(postgres: Postgres) -> str:
    """Name of a database with all tables, to be copied."""
    url = postgres.add("ingest_migrated")
    database = Database(DatabaseSettings(url=url), "test")
    await upgrade(database, build(IngestSettings(database=database.settings)).chains)
    await database.dispose()
    return "ingest_migrated"


@pytest.fixture
def settings(postgres: Postgres, migrated: str, access: Access, tmp_path: Path) -> IngestSettings:
    """Settings of a service on a fresh database and an empty blob store."""
    url = postgres.database("ingest", template=migrated)
    return IngestSettings(
        database=DatabaseSettings(url=url),
        auth=access.settings,
        blobs=BlobSettings(url=f"file://{tmp_path}/blobs"),
        mail_domain="desk.test",
    )


@pytest.fixture
async def service(settings: IngestSettings) -> AsyncIterator[Service]:
    """The service on a fresh database."""
    made = build(settings)
    yield made
    await made.database.dispose()


@pytest.fixture
def unit(service: Service) -> UnitOfWork:
    """Its units of work."""
    return service.unit


@pytest.fixture
def blobs(settings: IngestSettings) -> BlobStore:
    """Its blob store."""
    return BlobStore(settings.blobs)


@pytest.fixture
async def mailroom(unit: UnitOfWork, blobs: BlobStore) -> Mailroom:
    """The service at work, with the accounts `mail` and `web` of the tenants demo and other."""
    made = Mailroom(unit, blobs)
    await made.open_accounts("demo")
    await made.open_accounts("other")
    return made


@pytest.fixture
async def now(unit: UnitOfWork) -> datetime:
    """The database's time."""
    async with unit.begin() as (_session, _outbox, at):
        return at


@pytest.fixture
async def client(
    service: Service, mailroom: Mailroom, access: Access
) -> AsyncIterator[httpx.AsyncClient]:
    """The API without a token; it knows the tenants demo and other."""
    for tenant in ("demo", "other", "empty"):
        await access.know(service.database, tenant)
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


@pytest.fixture
def writer(access: Access) -> dict[str, str]:
    """An adapter's token of demo."""
    return access.service("demo", "messages:write")


@pytest.fixture
def reader(access: Access) -> dict[str, str]:
    """A token that reads demo's messages."""
    return access.service("demo", "messages:read")


@pytest.fixture
def owner(access: Access) -> dict[str, str]:
    """A token that sets demo's accounts up."""
    return access.service("demo", "accounts:read", "accounts:write")
