"""A database of the kb service for each test that asks for one."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.postgres import Postgres
from services.kb.app import build
from services.kb.settings import KbSettings
from shared.messaging import UnitOfWork
from shared.service import Service
from shared.storage import Database, DatabaseSettings
from shared.storage.migrate import upgrade
from shared.testing.access import Access, access

__all__ = ["access"]


@pytest.fixture(scope="session")
async def kb_migrated(postgres: Postgres) -> str:
    """Name of a database with all tables, to be copied."""
    url = postgres.add("kb_migrated")
    database = Database(DatabaseSettings(url=url), "test")
    await upgrade(database, build(KbSettings(database=database.settings)).chains)
    await database.dispose()
    return "kb_migrated"


@pytest.fixture
async def service(postgres: Postgres, kb_migrated: str, access: Access) -> AsyncIterator[Service]:
    """The service on a fresh database."""
    url = postgres.database("kb", template=kb_migrated)
    made = build(KbSettings(database=DatabaseSettings(url=url), auth=access.settings))
    yield made
    await made.database.dispose()


@pytest.fixture
def unit(service: Service) -> UnitOfWork:
    """Its units of work."""
    return service.unit
