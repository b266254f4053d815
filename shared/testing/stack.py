"""The local stack as pytest fixtures: one stack for a session, each server started when first used.

STACK=containers takes PostgreSQL, Valkey and Kafka from testcontainers instead.
"""

import os
from collections.abc import Iterator

import pytest

from deploy.local import kafka_jars
from deploy.local.kafka_jvm import JvmKafka, TwoBrokers
from deploy.local.kafka_tansu import Tansu
from deploy.local.mail_sink import MailSink
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.processes import CHECKOUT
from deploy.local.stack import Stack
from deploy.local.valkey import Valkey

Kafka = JvmKafka | Tansu


def pytest_report_header() -> str | None:
    """Says in one line which broker the session has, when it is not Apache Kafka."""
    missing = kafka_jars.missing()
    return f"{missing}: {Tansu.limits}" if missing else None


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The session's stack, for tests that start programs of their own in it.

    Whatever runs in it ends with the session, also when pytest is killed.
    """
    with Stack(CHECKOUT / ".run" / f"test-{os.getpid()}", durable=False) as stack:
        yield stack


@pytest.fixture(scope="session")
def postgres(stack: Stack) -> Postgres:
    """A PostgreSQL 18 server; `postgres.database("name")` is a fresh database's URL."""
    server = Postgres(stack, free_port())
    server.start()
    return server


@pytest.fixture(scope="session")
def valkey(stack: Stack) -> Valkey:
    """A Valkey server at `valkey.url`."""
    server = Valkey(stack, free_port())
    server.start()
    return server


@pytest.fixture(scope="session")
def kafka(stack: Stack) -> Kafka:
    """A broker at `kafka.bootstrap_servers`: Apache Kafka, or Tansu where that cannot run."""
    missing = kafka_jars.missing()
    broker: Kafka
    if missing is None:
        broker = JvmKafka(stack, free_port(), free_port())
    else:
        broker = Tansu(stack, free_port())
    broker.start()
    return broker


@pytest.fixture(scope="session")
def real_kafka(request: pytest.FixtureRequest) -> JvmKafka:
    """Apache Kafka itself; skips, with the reason, where it cannot run."""
    _require_java()
    broker = request.getfixturevalue("kafka")
    assert isinstance(broker, JvmKafka)
    return broker


@pytest.fixture(scope="session")
def two_brokers(stack: Stack) -> TwoBrokers:
    """Two Apache Kafka brokers, `kill(2)` and `start(2)`; skips where they cannot run."""
    _require_java()
    brokers = TwoBrokers(stack)
    brokers.start()
    return brokers


@pytest.fixture(scope="session")
def mail_sink(stack: Stack) -> MailSink:
    """An SMTP server that keeps every mail: `await mail_sink.wait_for("to@example.com")`."""
    sink = MailSink(stack, free_port())
    sink.start()
    return sink


def _require_java() -> None:
    missing = kafka_jars.missing()
    if missing is not None:
        pytest.skip(f"needs Apache Kafka: {missing}")
