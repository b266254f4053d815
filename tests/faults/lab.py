"""One experiment's own database, input topic, tenant and processes."""

import asyncio
import itertools
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deploy.local.kafka_jvm import JvmKafka, TwoBrokers
from deploy.local.postgres import Postgres
from deploy.local.processes import Process, Program
from deploy.local.stack import Stack
from shared.contracts.inbound import InboundChatMessageSent
from shared.messaging import (
    Consumer,
    Consumption,
    KafkaSettings,
    OutboxConnection,
    Relay,
    UnitOfWork,
)
from shared.messaging.maintenance import tend
from shared.service.service import ENGINE
from shared.storage import Database, DatabaseSettings
from shared.storage.migrate import upgrade
from shared.testing.records import Sample
from tests.faults import logs, usecases

OUTPUTS = ("support.messages.v1", "support.dlq.ingest.v1", "support.outgoing.v1",
           "support.sla.v1", "support.inbound.chat.v1")  # fmt: skip
SEED = int(os.environ.get("SEED") or 1)
_numbers = itertools.count(1)
# Alembic knows one running migration a process.
_upgrading = asyncio.Lock()


async def until(
    true: Callable[[], Awaitable[Any]] | Callable[[], Any], what: str, seconds: float = 60
) -> Any:
    """Asks again and again until the answer is yes; fails, saying what was awaited."""
    deadline = time.monotonic() + seconds
    while True:
        # What is asked may be away just now, by the will of the experiment.
        with suppress(DBAPIError, OSError, KafkaError):
            answer = true()
            if asyncio.iscoroutine(answer):
                answer = await answer
            if answer:
                return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s still not: {what}")
        await asyncio.sleep(0.05)


class Lab:
    """Everything that one experiment uses; what it started ends with it."""

    def __init__(
        self, stack: Stack, postgres: Postgres, kafka: JvmKafka | TwoBrokers, name: str
    ) -> None:
        self.stack = stack
        self.postgres = postgres
        self.kafka = kafka
        self.name = f"{name}-{next(_numbers)}"
        self.tenant = self.name[:40]
        self.group = f"support.ingest.{self.name}"
        self.topic = ""
        self.begin: dict[TopicPartition, int] = {}
        self.url = ""
        self.database: Database
        self.unit: UnitOfWork
        self._processes: list[Process] = []

    async def open(self, partitions: int = 4) -> None:
        """Makes database and topic, and notes where the output topics end now."""
        self.topic = await self.kafka.topic("support.inbound.chat", partitions=partitions)
        self.begin = await logs.ends(self.bootstrap, OUTPUTS)
        await self.open_database()

    async def open_database(self) -> None:
        """Makes a migrated database with the specimen's tables."""
        self.url = await asyncio.to_thread(self.postgres.database, "lab")
        self.database = self.connect()
        self.unit = UnitOfWork(self.database, "/deskstream/ingest")
        async with _upgrading:
            await upgrade(self.database, [ENGINE])
        async with self.database.engine.begin() as connection:
            await connection.run_sync(usecases.metadata.create_all)
        await tend(self.database)

    async def close(self) -> None:
        """Ends what is still running."""
        for process in self._processes:
            await asyncio.to_thread(process.kill)
        await self.database.dispose()

    @property
    def bootstrap(self) -> str:
        """The broker's address."""
        return self.kafka.bootstrap_servers

    @property
    def database_name(self) -> str:
        """The name of the experiment's database."""
        return self.url.rpartition("/")[2]

    def connect(self, **settings: Any) -> Database:
        """A pool of connections to the experiment's database."""
        return Database(DatabaseSettings(url=self.url, **settings), "lab")

    def settings(self, **given: Any) -> KafkaSettings:
        """The engine's settings of this experiment: quick sessions and requests."""
        quick: dict[str, Any] = {"session_timeout": 6.0, "bootstrap_servers": self.bootstrap}
        return KafkaSettings(**(quick | given))

    # -- inputs and results -----------------------------------------------------------------

    async def send(self, samples: Iterable[Sample]) -> None:
        """Writes samples to the input topic."""
        await logs.send(self.bootstrap, self.topic, samples)

    async def query(self, statement: str, **values: Any) -> list[Any]:
        """The rows of a statement, committed."""
        async with self.database.engine.begin() as connection:
            result = await connection.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []

    async def value(self, statement: str, **values: Any) -> Any:
        """The one value of a statement."""
        return (await self.query(statement, **values))[0][0]

    async def partitions(self) -> list[TopicPartition]:
        """The partitions of the input topic."""
        async with logs.looking(self.bootstrap) as consumer:
            return await logs.partitions(consumer, [self.topic])

    async def positions(self, group: str | None = None) -> dict[TopicPartition, int]:
        """How far the consumer has come, as its database says."""
        rows = await self.query(
            "SELECT topic, partition, next_offset FROM consumer_offset WHERE consumer = :group",
            group=group or self.group,
        )
        return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}

    async def drained(self, seconds: float = 60) -> None:
        """Waits until every input is settled and every announcement is published."""
        ends = await logs.ends(self.bootstrap, [self.topic])

        async def settled() -> bool:
            stops = await self.query("SELECT topic, partition, reason FROM stopped_partition")
            assert not stops, f"partitions are stopped: {stops}"
            found = await self.positions()
            behind = [p for p, end in ends.items() if found.get(p, 0) < end]
            return not behind and not await self.value("SELECT count(*) FROM outbox")

        await until(settled, f"{self.name}: all inputs settled and published", seconds)

    # -- processes --------------------------------------------------------------------------

    def process(self, name: str, roles: str, **environment: str) -> Process:
        """A specimen of its own process, not started yet. Roles: consume, relay, intake, tick."""
        given = {
            **self.kafka.environment,
            "DATABASE_URL": self.url,
            "KAFKA_SESSION_TIMEOUT": "6",
            "KAFKA_INSTANCE_ID": name,
            "SPECIMEN_ROLES": roles,
            "SPECIMEN_TOPIC": self.topic,
            "SPECIMEN_GROUP": self.group,
            "SPECIMEN_TENANT": self.tenant,
        } | environment
        process = self.stack.process(
            Program(
                name=f"{self.name}-{name}-{next(_numbers)}",
                command=(sys.executable, "-m", "tests.faults.specimen"),
                environment=given,
                grace_seconds=20,
            )
        )
        self._processes.append(process)
        return process

    async def start(self, name: str, roles: str, **environment: str) -> Process:
        """Starts a specimen."""
        process = self.process(name, roles, **environment)
        await asyncio.to_thread(process.start)
        return process

    async def dies_at(self, failpoint: str, name: str, roles: str, **environment: str) -> None:
        """Runs a specimen until the failpoint kills it."""
        process = await self.start(name, roles, FAILPOINT=failpoint, **environment)
        await self.killed(process)

    async def killed(self, process: Process, seconds: float = 40) -> None:
        """Waits until SIGKILL has ended the process."""
        await until(lambda: not process.alive, "the failpoint kills the process", seconds)
        assert process.wait() == -signal.SIGKILL, process.last_words(20)

    # -- the engine inside of this process --------------------------------------------------

    @asynccontextmanager
    async def consuming(
        self, *consumers: Consumer, settings: KafkaSettings | None = None,
        unit: UnitOfWork | None = None,
    ) -> AsyncIterator[Consumption]:  # fmt: skip
        """The consumers at work in this process."""
        consumption = Consumption(unit or self.unit, consumers, settings or self.settings())
        try:
            await consumption.start()
            yield consumption
        finally:
            await consumption.stop()

    @asynccontextmanager
    async def relaying(self, settings: KafkaSettings | None = None) -> AsyncIterator[Relay]:
        """A relay at work in this process."""
        database = self.database.settings
        relay = Relay(
            lambda: OutboxConnection.open(database, self.name), settings or self.settings(),
            self.unit.committed,
        )  # fmt: skip
        task = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def consumer(self, handle: Any = usecases.write, **given: Any) -> Consumer:
        """The specimen's consumer of this experiment's topic."""
        reads = (InboundChatMessageSent,)
        return Consumer(self.group, (self.topic,), reads, handle, **given)


def names(kind: str, count: int) -> Sequence[str]:
    """Session names of an experiment."""
    return [f"{kind}-{number}" for number in range(count)]
