"""A database of the sla service for each test that asks for one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from deploy.local.postgres import Postgres
from services.sla.app import build
from services.sla.settings import SlaSettings
from shared.messaging import UnitOfWork
from shared.service import Service
from shared.storage import Database, DatabaseSettings
from shared.storage.migrate import upgrade
from shared.testing.access import Access, access
from tests.sla.desk import Promises

__all__ = ["access"]


@pytest.fixture(scope="session")
async def migrated(postgres: Postgres) -> str:
    """Name of a database with all tables, to be copied."""
    url = postgres.add("sla_migrated")
    database = Database(DatabaseSettings(url=url), "test")
    await upgrade(database, build(SlaSettings(database=database.settings)).chains)
    await database.dispose()
    return "sla_migrated"


@pytest.fixture
async def service(postgres: Postgres, migrated: str, access: Access) -> AsyncIterator[Service]:
    """The service on a fresh database."""
    url = postgres.database("sla", template=migrated)
    made = build(SlaSettings(database=DatabaseSettings(url=url), auth=access.settings))
    yield made
    await made.database.dispose()


@pytest.fixture
def unit(service: Service) -> UnitOfWork:
    """Its units of work."""
    return service.unit


@pytest.fixture
async def promises(unit: UnitOfWork) -> Promises:
    """The service at work, with an hour for the first response and a day for the resolution."""
    made = Promises(unit)
    await made.promise(datetime(2026, 1, 1, tzinfo=UTC), 60, 1440)
    return made


@pytest.fixture
async def now(unit: UnitOfWork) -> datetime:
    """The database's time."""
    async with unit.begin() as (_session, _outbox, at):
        return at
