"""The engine's tables in a real database of each test's own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.local.postgres import Postgres
from shared.messaging import UnitOfWork
from shared.messaging.maintenance import tend
from shared.service.service import ENGINE
from shared.storage import Database, DatabaseSettings
from shared.storage.migrate import upgrade


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[Database]:
    """A migrated database, with a short wait for locks."""
    url = await asyncio.to_thread(postgres.database, "engine")
    database = Database(DatabaseSettings(url=url, lock_timeout=2.0), "test")
    await upgrade(database, [ENGINE])
    await tend(database)
    yield database
    await database.dispose()


@pytest.fixture
def unit(database: Database) -> UnitOfWork:
    """Transactions as /deskstream/ingest."""
    return UnitOfWork(database, "/deskstream/ingest")
