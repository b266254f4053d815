"""What the benchmarks run against: real Kafka, PostgreSQL with fsync, Valkey, and the services."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from deploy.local import kafka_jars, ports
from deploy.local.kafka_jvm import JvmKafka
from deploy.local.postgres import Postgres
from deploy.local.processes import CHECKOUT, StackFailure
from deploy.local.servers import Servers as LocalServers
from deploy.local.stack import Stack
from deploy.local.suite import Suite
from tests.bench.figures import Figure

ALLOWED = {"INGEST_CHAT_CHATS_PER_ADDRESS": "10000", "INGEST_CHAT_CHATS_PER_ACCOUNT": "10000"}
"""Settings of the suite's services: all visitors of a benchmark come from one machine at once."""


@dataclass
class Servers:
    """One started stack. bare_loop: messages/s of the yardstick, once it was measured; found: all
    figures of this run so far.
    """

    stack: Stack
    local: LocalServers
    kafka: JvmKafka
    bare_loop: float | None = None
    running: Suite | None = None
    found: list[Figure] = field(default_factory=list)

    @property
    def postgres(self) -> Postgres:
        """The PostgreSQL server, for databases of a benchmark's own."""
        return self.local.postgres

    def measured(self, name: str) -> float | None:
        """The value of a figure of this run; None where its part has not been run."""
        return next((one.value for one in self.found if one.name == name), None)

    def suite(self) -> Suite:
        """All five services as processes, started at the first call."""
        if self.running is None:
            os.environ.update(ALLOWED)
            self.running = Suite(self.stack, self.local.surroundings, ports.free())
            self.running.start()
        return self.running


@contextmanager
def started() -> Iterator[Servers]:
    """Starts the servers in a folder of their own, and removes it at the end."""
    if missing := kafka_jars.missing():
        raise StackFailure(f"the figures are for Apache Kafka: {missing}")
    folder = CHECKOUT / ".run" / f"bench-{os.getpid()}"
    with Stack(folder, durable=False) as stack:
        local = LocalServers.of(stack, ports.free())
        local.start()
        assert isinstance(local.kafka, JvmKafka)
        yield Servers(stack, local, local.kafka)
