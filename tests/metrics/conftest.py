"""A database of the metrics service for each test that asks for one."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update

from deploy.local.postgres import Postgres
from services.metrics import tables
from services.metrics.app import build
from services.metrics.settings import MetricsSettings
from services.metrics.usecases.keeping import sweep
from shared.contracts.envelope import from_record
from shared.contracts.metrics import MetricUpdated
from shared.messaging import Consumer, Received, Timer, UnitOfWork
from shared.messaging.tables import outbox as outbox_table
from shared.service import Service
from shared.storage import Database, DatabaseSettings
from shared.storage.migrate import upgrade
from shared.testing.access import Access, access

__all__ = ["access"]
LONG = 36_500


@pytest.fixture(scope="session")
async def migrated(postgres: Postgres, access: Access) -> str:
    """Name of a database with all tables, to be copied."""
    url = postgres.add("metrics_migrated")
    settings = MetricsSettings(database=DatabaseSettings(url=url), auth=access.settings)
    service = build(settings)
    await upgrade(service.database, service.chains)
    await service.database.dispose()
    return "metrics_migrated"


@pytest.fixture
async def service(postgres: Postgres, migrated: str, access: Access) -> AsyncIterator[Service]:
    """The service on a fresh database."""
    url = postgres.database("metrics", template=migrated)
    made = build(
        MetricsSettings(
            database=DatabaseSettings(url=url),
            auth=access.settings,
            stream_poll=0.05,
            # A test lets it pass by `rest`, however long the machine takes between two steps.
            announce_pause=60,
            # What the tests count happened on fixed days, however long ago these are.
            keep_minutes=LONG,
            keep_hours=LONG,
            keep_days=LONG,
            keep_facts=LONG,
        )
    )
    await access.know(made.database, "demo")
    yield made
    await made.database.dispose()


@pytest.fixture
def suite(service: Service) -> "Suite":
    """The service's use cases, as the engine would run them."""
    return Suite(service)


class Suite:
    """Runs consumers and timers of the service, each in a unit of work."""

    def __init__(self, service: Service) -> None:
        self.database: Database = service.database
        self.unit: UnitOfWork = service.unit
        self._consumers = {one.name: one for one in service.consumers}
        self._timers = {one.name: one for one in service.timers}

    async def consume(self, events: list[Any], consumer: str = "support.metrics.tickets") -> None:
        """Apply one batch, as after decoding and the inbox: only what the consumer reads."""
        reader: Consumer = self._consumers[consumer]
        wanted = [event for event in events if isinstance(event.data, reader.reads)]
        async with self.unit.begin() as (session, outbox, now):
            await reader.handle(session, outbox, wanted, now)

    async def fire(self, timer: str = "metrics.announce", limit: int | None = None) -> int:
        """Let a timer do what is due, as the turn's pause had passed; returns how much it was."""
        made: Timer = self._timers[timer]
        async with self.unit.begin() as (session, outbox, now):
            return await made.fire(session, outbox, now, limit or made.limit)

    async def rest(self, turn: str) -> None:
        """Let the pause after a turn have passed."""
        async with self.database.writing() as session:
            past = func.now() - timedelta(days=1)
            await session.execute(
                update(tables.turn).where(tables.turn.c.name == turn).values(taken_at=past)
            )

    async def sweep(self, *, keep_minutes: int) -> None:
        """Give up what is old, with another retention."""
        settings = MetricsSettings(
            database=self.database.settings, keep_minutes=keep_minutes, keep_hours=LONG,
            keep_days=LONG, keep_facts=LONG,
        )  # fmt: skip
        async with self.unit.begin() as (session, _, now):
            await sweep(session, now, settings.retention, 1000)

    def wanted(self, consumer: str) -> frozenset[str]:
        """The types that a consumer reads."""
        return self._consumers[consumer].wanted

    async def announced(self, tenant: str) -> dict[str, MetricUpdated]:
        """The figures in the outbox, the latest of each key."""
        table = outbox_table
        rows = await self.rows(select(table).order_by(table.c.id))
        figures = [
            (row.key.decode(), MetricUpdated.model_validate_json(row.payload)) for row in rows
        ]
        return {key: updated for key, updated in figures if updated.tenant == tenant}

    async def headers(self, key: str) -> list[dict[str, str]]:
        """The headers of what the outbox holds under a key, in order."""
        table = outbox_table
        rows = await self.rows(
            select(table.c.headers).where(table.c.key == key.encode()).order_by(table.c.id)
        )
        return [dict(json.loads(row.headers)) for row in rows]

    async def taken_from_outbox(self, key: str) -> list[Received[Any]]:
        """What the outbox held under a key, as it is read back from Kafka; then it is empty."""
        async with self.database.writing() as session:
            table = outbox_table
            rows = list(await session.execute(select(table).order_by(table.c.id)))
            await session.execute(delete(table))
        return [_read(row) for row in rows if row.key == key.encode()]

    async def rows(self, statement: Any) -> list[Any]:
        """What a SELECT finds."""
        async with self.database.reading() as session:
            return list(await session.execute(statement))

    async def now(self) -> datetime:
        """The database's time."""
        [[now]] = await self.rows(select(func.now()))
        return now


def _read(row: Any) -> Received[Any]:
    headers = [(name, value.encode()) for name, value in json.loads(row.headers)]
    event = from_record(row.key, headers, row.payload)
    return Received(UUID(event.id), event, event.data, event.time)
