"""A database of router for each test that asks for one, and a company to play with."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from deploy.local.postgres import Postgres
from services.router.app import build
from services.router.settings import RouterSettings
from shared.service import Service, create_app
from shared.storage import Database, DatabaseSettings
from shared.storage.migrate import upgrade
from shared.testing.access import Access, access
from tests.router.callers import ANA, Headers
from tests.router.company import Company
from tests.router.events import message

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
    return postgres.database("router", template=migrated)


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


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """The API, to call without a network."""
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
async def admin(service: Service, access: Access, company: Company) -> Headers:
    """May do everything in demo, where Ana works and has a ticket."""
    await access.know(service.database, "demo", agents=[ANA])
    await access.know(service.database, "other")
    await company.agent(1)
    await company.messages(message(1))
    return access.service(
        "demo", "tenants:write", "tenants:read", "agents:write", "agents:read", "tickets:write",
        "tickets:read",
    )  # fmt: skip


@pytest.fixture
async def of_ticket(company: Company, admin: Headers) -> Callable[[str], str]:
    """Puts the ticket's id into a path."""
    ticket = await company.ticket(1)
    return lambda path: path.replace("{id}", str(ticket.id))
