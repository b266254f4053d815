"""A company of its own for each journey."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from deploy.local.broker import Broker
from deploy.local.processes import Process
from deploy.local.suite import Suite
from shared.testing.stack import another_kafka
from tests.journeys.desk import Desk
from tests.journeys.topics import Topics

_numbers = count(1)
_running: list[Process] = []


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker]:
    """A broker for the suite alone: other tests write to the catalog's topics, too."""
    yield from another_kafka("journeys")


@pytest.fixture(scope="session")
def suite(suite: Suite) -> Suite:
    """The five services; they are stopped with the last journey."""
    _running.extend(suite.processes)
    return suite


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Other tests do not share the machine with five services that nobody needs any more."""
    if nextitem is None or not nextitem.path.is_relative_to(Path(__file__).parent):
        while _running:
            _running.pop().stop()


@pytest.fixture
def topics(kafka: Broker) -> Topics:
    """The suite's Kafka."""
    return Topics(kafka.bootstrap_servers)


@pytest.fixture
async def desk(suite: Suite, topics: Topics) -> AsyncIterator[Desk]:
    """A company with an agent at work."""
    desk = Desk(suite, topics, f"company-{next(_numbers)}")
    await desk.open()
    yield desk
    await desk.client.aclose()


@pytest.fixture
async def stranger(suite: Suite, topics: Topics) -> AsyncIterator[Desk]:
    """A company that every service knows, and that has nothing."""
    stranger = Desk(suite, topics, f"stranger-{next(_numbers)}")
    await stranger.found()
    yield stranger
    await stranger.client.aclose()
