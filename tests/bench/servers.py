"""The servers that the benchmarks run against: real Kafka, PostgreSQL with fsync, Valkey."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.local.kafka_jvm import JvmKafka
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.processes import CHECKOUT
from deploy.local.stack import Stack


@dataclass
class Servers:
    """One started stack. bare_loop: messages/s of the yardstick, once it was measured."""

    stack: Stack
    postgres: Postgres
    kafka: JvmKafka
    bare_loop: float | None = None


@contextmanager
def started() -> Iterator[Servers]:
    """Starts the servers under .run/bench and stops them at the end."""
    folder = CHECKOUT / ".run" / f"bench-{os.getpid()}"
    with Stack(folder, durable=False) as stack:
        postgres = Postgres(stack, free_port())
        postgres.start()
        kafka = JvmKafka(stack, free_port(), free_port())
        kafka.start()
        yield Servers(stack, postgres, kafka)
