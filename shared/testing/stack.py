"""The local stack as pytest fixtures: one stack for a session, each server started when first used.

STACK=containers takes PostgreSQL, Valkey and Kafka from testcontainers instead.
"""

import os
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import pytest

from deploy.local import kafka_jars, ports
from deploy.local.kafka_jvm import JvmKafka, TwoBrokers
from deploy.local.kafka_tansu import LIMITS, Tansu
from deploy.local.mail_sink import MailSink
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.processes import CHECKOUT, StackFailure
from deploy.local.server import Server
from deploy.local.servers import Surroundings, kafka_for
from deploy.local.stack import Stack
from deploy.local.suite import Suite
from deploy.local.valkey import Valkey

if TYPE_CHECKING:
    from deploy.local.containers import (
        Container,
        ContainerKafka,
        ContainerPostgres,
        ContainerValkey,
    )

KINDS = ("local", "containers")
S = TypeVar("S", bound=Server)
C = TypeVar("C", bound="Container")


def _kind() -> str:
    return os.environ.get("STACK") or "local"


def pytest_report_header() -> str | None:
    """Says in one line which broker the session has, when it is not Apache Kafka."""
    missing = kafka_jars.missing()
    return f"{missing}: {LIMITS}" if missing and _kind() == "local" else None


def pytest_sessionstart() -> None:
    """Ends the run at once when STACK asks for something that is not there."""
    if _kind() not in KINDS:
        pytest.exit(f"STACK={_kind()} is unknown: give one of {', '.join(KINDS)}", returncode=4)
    if _kind() == "containers":
        try:
            _containers().host()
        except StackFailure as failure:
            pytest.exit(str(failure), returncode=4)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The session's stack, for tests that start programs of their own in it.

    Whatever runs in it ends with the session, also when pytest is killed.
    """
    with Stack(CHECKOUT / ".run" / f"test-{os.getpid()}", durable=False) as stack:
        yield stack


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> "Iterator[Postgres | ContainerPostgres]":
    """A PostgreSQL 18 server; `postgres.database("name")` is a fresh database's URL."""
    if _kind() == "containers":
        yield from _contained(_containers().ContainerPostgres())
    else:
        yield _started(Postgres(_stack(request), free_port(), brief=True))


@pytest.fixture(scope="session")
def valkey(request: pytest.FixtureRequest) -> "Iterator[Valkey | ContainerValkey]":
    """A Valkey server at `valkey.url`."""
    if _kind() == "containers":
        yield from _contained(_containers().ContainerValkey())
    else:
        yield _started(Valkey(_stack(request), free_port()))


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> "Iterator[JvmKafka | Tansu | ContainerKafka]":
    """A broker at `kafka.bootstrap_servers`: Apache Kafka, or Tansu where that cannot run."""
    if _kind() == "containers":
        yield from _contained(_containers().ContainerKafka())
    else:
        yield _started(kafka_for(_stack(request), free_port(), free_port()))


@pytest.fixture(scope="session")
def real_kafka(request: pytest.FixtureRequest) -> "JvmKafka | ContainerKafka":
    """Apache Kafka itself; skips, with the reason, where it cannot run."""
    missing = kafka_jars.missing()
    if missing and _kind() == "local":
        pytest.skip(f"needs Apache Kafka: {missing}")
    broker: JvmKafka | ContainerKafka = request.getfixturevalue("kafka")
    return broker


@pytest.fixture(scope="session")
def two_brokers(stack: Stack) -> TwoBrokers:
    """Two Apache Kafka brokers, `kill(2)` and `start(2)`; skips where they cannot run."""
    missing = kafka_jars.missing()
    if missing:
        pytest.skip(f"needs two brokers of Apache Kafka: {missing}")
    brokers = TwoBrokers(stack)
    brokers.start()
    return brokers


@pytest.fixture(scope="session")
def mail_sink(stack: Stack) -> MailSink:
    """An SMTP server that keeps every mail: `await mail_sink.wait_for("to@example.com")`."""
    return _started(MailSink(stack, free_port()))


@pytest.fixture(scope="session")
def suite(
    stack: Stack,
    postgres: "Postgres | ContainerPostgres",
    valkey: "Valkey | ContainerValkey",
    kafka: "JvmKafka | Tansu | ContainerKafka",
    mail_sink: MailSink,
) -> Suite:
    """All five services, each as a process, ready: `suite.addresses["router"]`, `suite.token(…)`.

    Their databases are called ingest, router, sla, metrics and kb; topics are the catalog's.
    """
    postgres.add_services()
    suite = Suite(stack, Surroundings(postgres, valkey.url, kafka, mail_sink), ports.free())
    suite.start()
    return suite


def another_kafka(name: str) -> "Iterator[JvmKafka | Tansu | ContainerKafka]":
    """A broker beside the session's, for services that would share its groups and topics.

    For a fixture of that module or folder: `yield from another_kafka("journeys")`.
    """
    if _kind() == "containers":
        yield from _contained(_containers().ContainerKafka())
        return
    with Stack(CHECKOUT / ".run" / f"{name}-{os.getpid()}", durable=False) as stack:
        yield _started(kafka_for(stack, free_port(), free_port()))


def _stack(request: pytest.FixtureRequest) -> Stack:
    stack: Stack = request.getfixturevalue("stack")
    return stack


def _started(server: S) -> S:
    server.start()
    return server


def _contained(container: C) -> Iterator[C]:
    try:
        container.start()
        yield container
    finally:
        container.remove()


def _containers() -> ModuleType:
    # Imported where an engine is to be used only: the library is large.
    from deploy.local import containers  # noqa: PLC0415

    return containers
