"""The service of these tests as processes on one database, and what becomes of them."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer

from deploy.local.broker import Broker
from deploy.local.processes import Process, Program
from deploy.local.stack import Stack
from shared.testing.records import Sample


class Notes:
    """The service of these tests as processes on one database."""

    def __init__(self, stack: Stack, environment: dict[str, str]) -> None:
        self._stack = stack
        self.environment = environment
        self.port = int(environment["NOTES_HTTP_PORT"])
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: list[Process] = []

    def process(self, *arguments: str, **environment: str) -> Process:
        """A process, not started yet."""
        command = (sys.executable, "-m", "tests.shared.service.notes", *arguments)
        given = {**os.environ, **self.environment, **environment}
        name = f"notes-{'-'.join(arguments)[:40].replace('/', '')}-{time.monotonic_ns()}"
        process = self._stack.process(Program(name=name, command=command, environment=given))
        self.processes.append(process)
        return process

    def once(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run a command to its end: exit code and everything that it wrote."""
        process = self.process(*arguments, **environment)
        process.start()
        return process.wait(), process.log.read_text()

    def ready(self, wanted: bool = True) -> dict[str, Any] | None:
        """What /ready says, once it answers as wanted."""
        try:
            answer = httpx.get(f"{self.url}/ready", timeout=5)
        except httpx.HTTPError:
            return None
        return answer.json() if answer.is_success is wanted else None

    def running(self, *roles: str, **environment: str) -> Process:
        """Processes that are started and ready (the last one: they share the port)."""
        process = self.process(*roles, **environment)
        process.start()
        process.wait_until(lambda: self.ready() is not None, seconds=40)
        return process


async def send(kafka: Broker, topic: str, *samples: Sample) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    await producer.start()
    for sample in samples:
        await producer.send(topic, sample.value, key=sample.key, headers=sample.all_headers())
    await producer.flush()
    await producer.stop()


def check(said: dict[str, Any] | None, name: str) -> dict[str, Any]:
    assert said is not None
    found: dict[str, Any] = next(one for one in said["checks"] if one["name"] == name)
    return found


def until(look: Callable[[], Any], seconds: float = 20) -> Any:
    """What `look` gives once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found
