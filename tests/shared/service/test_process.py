"""A service as a process: roles, health, operators, signals, exit codes."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from deploy.local import topics
from deploy.local.broker import Broker
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.processes import Process, Program
from deploy.local.stack import Stack
from shared.contracts.tenants import TenantChanged
from shared.messaging import new_id
from shared.testing.access import Access
from shared.testing.records import Sample, broken_ways, chat, event_sample
from tests.shared.service.notes.service import GROUP


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


@pytest.fixture
async def topic(kafka: Broker) -> str:
    await topics.create_catalog(kafka.bootstrap_servers)
    return await kafka.topic("support.inbound.chat", partitions=1)


@pytest.fixture
def notes(
    stack: Stack, postgres: Postgres, kafka: Broker, access: Access, topic: str
) -> Iterator[Notes]:
    notes = Notes(
        stack,
        {
            **kafka.environment,
            **access.environment,
            "DATABASE_URL": postgres.database("notes"),
            "KAFKA_SESSION_TIMEOUT": "6",
            "NOTES_HTTP_PORT": str(free_port()),
            "NOTES_TOPIC": topic,
        },
    )
    assert notes.once("migrate")[0] == 0
    yield notes
    for process in notes.processes:
        if process.alive:
            process.kill()


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


def test_all_roles_in_one_process_answer_and_end_cleanly(notes: Notes) -> None:
    process = notes.running("all")
    said = notes.ready()
    assert said is not None
    names = {one["name"] for one in said["checks"]}
    assert names == {"database", "migrations", "consumers", "relay", "housekeeping"}
    assert httpx.get(f"{notes.url}/live").json() == {"live": True}
    figures = httpx.get(f"{notes.url}/metrics").text
    assert "support_http_requests_total" in figures
    assert "support_ready 1.0" in figures
    process.send(signal.SIGTERM)
    assert process.wait() == 0


async def test_an_api_is_not_ready_until_the_copies_are_read_to_their_end(
    notes: Notes, kafka: Broker, access: Access
) -> None:
    tenant = TenantChanged(slug="late", name="Late", changed_at=datetime.now(UTC))
    await send(kafka, "support.tenants.v1", event_sample(
        tenant, key="late", id=str(new_id()), tenant="late", sequence=1, subject="late"
    ))  # fmt: skip
    api = notes.process("api")
    api.start()
    said = until(lambda: notes.ready(wanted=False))
    assert "support.notes.tenants has" in check(said, "copies")["reason"]
    headers = access.service("late", "tickets:read")
    assert httpx.get(f"{notes.url}/v1/notes/count", headers=headers).status_code == 401
    consume = notes.process("consume", NOTES_HTTP_PORT="0")
    consume.start()
    said = until(notes.ready)
    assert check(said, "partitions")["ok"]
    assert httpx.get(f"{notes.url}/v1/notes/count", headers=headers).status_code == 200
    for process in (api, consume):
        process.send(signal.SIGINT)
    assert [process.wait() for process in (api, consume)] == [0, 0]


def test_a_role_without_api_shows_its_health_only(notes: Notes) -> None:
    process = notes.running("consume")
    assert httpx.get(f"{notes.url}/v1/notes/count").status_code == 404
    process.kill()


def test_without_tables_nothing_starts_and_ready_says_what_to_do(
    notes: Notes, postgres: Postgres
) -> None:
    empty = postgres.database("empty")
    process = notes.process("all", DATABASE_URL=empty)
    process.start()
    said = until(lambda: notes.ready(wanted=False))
    assert "python -m services.notes migrate" in check(said, "migrations")["reason"]
    assert notes.once("migrate", DATABASE_URL=empty)[0] == 0
    process.wait_until(lambda: notes.ready() is not None, seconds=30)
    process.send(signal.SIGTERM)
    assert process.wait() == 0


def test_a_database_that_is_away_is_one_clear_line(notes: Notes) -> None:
    code, words = notes.once("migrate", DATABASE_URL="postgresql://u:hush@127.0.0.1:1/x")
    assert code == 1
    assert words.count("\n") == 1
    assert "database cannot be used" in words
    assert "hush" not in words


def test_a_reply_lost_after_commit_is_the_same_the_next_time(
    notes: Notes, access: Access, postgres: Postgres
) -> None:
    headers = access.service("demo", "tickets:write", "tickets:read", "tenants:write")
    headers["Idempotency-Key"] = "k1"
    process = notes.process("api", FAILPOINT="P4:1")
    process.start()
    until(lambda: notes.ready() or notes.ready(wanted=False))
    with pytest.raises(httpx.HTTPError):
        httpx.post(f"{notes.url}/v1/notes", json={"text": "once"}, headers=headers)
    process.wait()
    process = notes.process("api")
    process.start()
    until(lambda: notes.ready() or notes.ready(wanted=False))
    first = httpx.post(f"{notes.url}/v1/notes", json={"text": "once"}, headers=headers)
    again = httpx.post(f"{notes.url}/v1/notes", json={"text": "once"}, headers=headers)
    assert first.status_code == 201
    assert first.content == again.content
    assert httpx.get(f"{notes.url}/v1/notes/count", headers=headers).json() == 1
    process.kill()


async def test_parked_records_are_listed_shown_retried_and_dropped(
    notes: Notes, kafka: Broker, access: Access, topic: str
) -> None:
    process = notes.running("all")
    poison = broken_ways("s1", tenant="demo")["bad JSON"]
    await send(
        kafka, topic, chat("s1", 1, tenant="demo"), chat("s1", 2, tenant="demo", text="fail"),
        poison, chat("s1", 3, tenant="demo"), chat("s2", 1, tenant="other", text="fail"),
    )  # fmt: skip
    headers = access.service(
        "demo", "operations:read", "operations:write", "tickets:read", "tenants:write"
    )
    platform = access.service("demo", "operations:read", "platform:operate", "tenants:write")
    with httpx.Client(base_url=notes.url, headers=headers) as client:
        until(lambda: client.get("/v1/notes/count").json() == 2)
        every = until(
            lambda: (
                len(found := client.get("/v1/parked", headers=platform).json()["items"]) == 3
                and found
            )
        )
        assert {one["reason"] for one in every} == {"failed", "not-json"}
        assert "words" not in str(every)
        mine = client.get("/v1/parked").json()["items"]
        assert [one["tenant"] for one in mine] == ["demo"]
        (parked,) = [one["id"] for one in mine]
        shown = client.get(f"/v1/parked/{parked}").json()
        assert shown["value"]
        assert shown["headers"]
        foreign = next(one["id"] for one in every if one["tenant"] == "other")
        assert client.get(f"/v1/parked/{foreign}").status_code == 404
        assert client.post(f"/v1/parked/{foreign}/drop").status_code == 404
        assert client.post(f"/v1/parked/{parked}/retry").status_code == 409
        for _ in range(2):
            assert client.post(f"/v1/parked/{parked}/drop").json()["state"] == "dropped"
        assert client.post(f"/v1/parked/{parked}/retry").status_code == 409
        assert client.get("/v1/parked").json()["items"] == []
    code, listed = notes.once("parked", "list")
    assert code == 0
    assert foreign in listed
    assert "2 parked" in listed
    code, shown_text = notes.once("parked", "show", foreign)
    assert '"text":"fail"' in shown_text.replace("\\", "")
    code, said = notes.once("parked", "retry", foreign)
    assert (code, said.count("\n")) == (1, 1)
    code, said = notes.once("parked", "retry", foreign, NOTES_REPAIRED="1")
    assert (code, said) == (0, "applied 1 record(s)\n")
    assert notes.once("parked", "drop", foreign)[0] == 1
    process.kill()


async def test_a_stopped_partition_is_named_until_somebody_resumes_it(
    notes: Notes, kafka: Broker, access: Access, topic: str
) -> None:
    process = notes.running("all")
    await send(kafka, topic, *(chat("s", n, tenant="demo", text="fail") for n in range(30)))
    said = until(lambda: notes.ready(wanted=False))
    assert f"{GROUP} is stopped on {topic}[0]" in check(said, "consumers")["reason"]
    assert "support_partition_stopped" in httpx.get(f"{notes.url}/metrics").text
    process.send(signal.SIGTERM)
    assert process.wait() == 0
    process = notes.process("all", NOTES_REPAIRED="1")
    process.start()
    said = until(lambda: notes.ready(wanted=False))
    until(lambda: "stopped" in str(check(notes.ready(wanted=False), "consumers")["reason"]))
    own = access.service("demo", "operations:read", "operations:write", "tenants:write")
    platform = access.service("demo", "operations:write", "platform:operate", "tenants:write")
    with httpx.Client(base_url=notes.url) as client:
        (stop,) = client.get("/v1/partitions", headers=own).json()
        assert (stop["consumer"], stop["topic"], stop["partition"]) == (GROUP, topic, 0)
        path = f"/v1/partitions/{GROUP}/{topic}/0/resume"
        assert client.post(path, headers=own).status_code == 403
        assert client.post(path, headers=platform).status_code == 204
        assert client.post(path, headers=platform).status_code == 404
    process.wait_until(lambda: notes.ready() is not None, seconds=30)
    code, said_then = notes.once("parked", "resume", GROUP, topic, "0")
    assert (code, said_then.count("\n")) == (1, 1)
    process.kill()
