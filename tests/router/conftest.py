"""A database of router for each test that asks for one, and a company to play with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from deploy.local.postgres import Postgres
from services.router.app import build
from services.router.settings import RouterSettings
from shared.service import Service
from shared.storage import Database, DatabaseSettings
from shared.storage.migrate import upgrade
from shared.testing.access import Access, access
from tests.router.company import Company

__all__ = ["access"]


@pytest.fixture(scope="session")
async def migrated(postgres: Postgres) -> str:
    """Name of a database with all tables, to be copied."""
    url = postgres.add("router_migrated")
    database = Database(DatabaseSettings(url=url), "test")
    await upgrade(database, build(RouterSettings(database=database.settings)).chains)
    await database.dispose()
    return "router_migrated"


def fresh_database(postgres: Postgres, migrated: str) -> str:
    """URL of an empty database with all tables."""
    url = postgres.database("router", template=migrated)
    # The tables of the copy still belong to the role of the original.
    postgres.execute(f"GRANT {migrated} TO {make_url(url).username}")
    return url


@pytest.fixture
async def service(
    postgres: Postgres, migrated: str, access: Access, tmp_path: Path
) -> AsyncIterator[Service]:
    """The service on a fresh database."""
    url = fresh_database(postgres, migrated)
    made = build(RouterSettings(database=DatabaseSettings(url=url), auth=access.settings))
    yield made
    await made.database.dispose()


@pytest.fixture
async def company(service: Service) -> Company:
    """A tenant with a Support team and nobody in it."""
    company = Company(service)
    await company.set_up()
    return company
