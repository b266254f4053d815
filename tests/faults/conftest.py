"""Fixtures of the experiments, and the table of the guards at the end of a run."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from aiokafka.admin import NewTopic

from deploy.local import topics
from deploy.local.kafka_jvm import JvmKafka
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.processes import CHECKOUT
from deploy.local.stack import Stack
from shared.contracts.catalog import TOPICS
from shared.testing.records import chat
from tests.faults.invariants import check
from tests.faults.lab import OUTPUTS, Lab

MakeLab = Callable[..., Awaitable[Lab]]

PROVEN: list[tuple[str, str, str, str]] = []
"""(guard, what was seen without it, what was seen with it, experiment), filled by the tests."""


@pytest.fixture(scope="session")
async def broker(real_kafka: JvmKafka) -> JvmKafka:
    """Apache Kafka with the topics that specimens publish on."""
    await create_outputs(real_kafka.bootstrap_servers)
    return real_kafka


async def create_outputs(bootstrap_servers: str, nodes: Sequence[int] | None = None) -> None:
    """Makes the topics that specimens publish on, as the catalog has them; each partition's node
    may be given."""
    placed = {number: [node] for number, node in enumerate(nodes)} if nodes else None
    counts = (-1, -1) if placed else (4, 1)
    await topics.create(
        bootstrap_servers,
        [
            NewTopic(name, *counts, replica_assignments=placed, topic_configs=TOPICS[name].config())
            for name in OUTPUTS
        ],
    )


@pytest.fixture
async def make_lab(stack: Stack, postgres: Postgres, broker: JvmKafka) -> AsyncIterator[MakeLab]:
    """Makes experiments; each has its own database, input topic, tenant and processes."""
    made: list[Lab] = []

    async def make() -> Lab:
        made.append(Lab(stack, postgres, broker, "lab"))
        await made[-1].open()
        return made[-1]

    yield make
    for lab in made:
        await lab.close()


@pytest.fixture
async def lab(make_lab: MakeLab) -> Lab:
    """One experiment."""
    return await make_lab()


@pytest.fixture(scope="session", autouse=True)
async def outage(
    request: pytest.FixtureRequest,
) -> AsyncIterator["asyncio.Task[None] | None"]:
    """The database's absence of three minutes, begun first if it is wanted at all."""
    wanted = any("away_for_three_minutes" in item.name for item in request.session.items)
    if not wanted:
        yield None
        return
    broker: JvmKafka = request.getfixturevalue("real_kafka")
    await create_outputs(broker.bootstrap_servers)
    folder = CHECKOUT / ".run" / f"test-{os.getpid()}-outage"
    with Stack(folder, durable=False) as stack:
        task = asyncio.create_task(database_away(stack, broker))
        yield task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def database_away(stack: Stack, broker: JvmKafka) -> None:
    """A consumer and its relay sit three minutes without their database out, then go on."""
    server = Postgres(stack, free_port())
    await asyncio.to_thread(server.start)
    lab = Lab(stack, server, broker, "outage")
    await lab.open()
    try:
        await lab.send([chat(f"k{n % 5}", n, tenant=lab.tenant) for n in range(50)])
        process = await lab.start("patient", "consume,relay")
        await lab.drained()
        await asyncio.to_thread(server.stop)
        await lab.send([chat(f"k{n % 5}", n, tenant=lab.tenant) for n in range(50, 90)])
        await asyncio.sleep(180)
        assert process.alive, process.last_words(20)
        await asyncio.to_thread(server.start)
        await lab.drained()
        assert process.alive, process.last_words(20)
        truth = await check(lab)
        assert not truth.parked
    finally:
        await lab.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever kills the broker comes last: the outage runs beside the others and shares it."""
    last = ("test_watchdog", "test_relay", "test_chaos")
    items.sort(key=lambda item: max((last.index(n) for n in last if n in item.nodeid), default=-1))


@pytest.fixture
def guards() -> list[tuple[str, str, str, str]]:
    """Where a mutation check writes down what it saw, for the table at the end."""
    return PROVEN


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what each guard is good for."""
    if not PROVEN:
        return
    terminalreporter.section("each guard switched off turns its experiment red")
    titles = ("guard", "switched off", "in place", "experiment")
    rows = [titles, *PROVEN]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        terminalreporter.write_line(line.rstrip())


def pytest_configure(config: pytest.Config) -> None:
    """`make test` leaves these out."""
    config.addinivalue_line("markers", "faults_long: takes long; only `make faults` runs it")
