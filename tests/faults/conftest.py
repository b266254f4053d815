"""Fixtures of the experiments, and the table of the guards at the end of a run."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiokafka.admin import NewTopic

from deploy.local import topics
from deploy.local.kafka_jvm import JvmKafka
from deploy.local.postgres import Postgres
from deploy.local.stack import Stack
from shared.contracts.catalog import TOPICS
from tests.faults.lab import OUTPUTS, Lab

MakeLab = Callable[..., Awaitable[Lab]]

PROVEN: list[tuple[str, str, str, str]] = []
"""(guard, what was seen without it, what was seen with it, experiment), filled by the tests."""


@pytest.fixture(scope="session")
async def broker(real_kafka: JvmKafka) -> JvmKafka:
    """Apache Kafka with the topics that specimens publish on."""
    await create_outputs(real_kafka.bootstrap_servers)
    return real_kafka


async def create_outputs(bootstrap_servers: str) -> None:
    """Makes the topics that specimens publish on, as the catalog has them."""
    await topics.create(
        bootstrap_servers,
        [NewTopic(name, 4, 1, topic_configs=TOPICS[name].config()) for name in OUTPUTS],
    )


@pytest.fixture
async def lab(
    stack: Stack, postgres: Postgres, broker: JvmKafka, request: pytest.FixtureRequest
) -> AsyncIterator[Lab]:
    """One experiment's own database, input topic, tenant and processes."""
    made = Lab(stack, postgres, broker, "lab")
    await made.open()
    yield made
    await made.close()


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
