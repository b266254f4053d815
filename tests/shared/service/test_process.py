"""A service as a process: roles, health, signals, exit codes."""

import signal
import time
from datetime import UTC, datetime

import httpx
import pytest

from deploy.local.broker import Broker
from deploy.local.postgres import Postgres
from shared.contracts.tenants import TenantChanged
from shared.messaging import new_id
from shared.testing.access import Access
from shared.testing.records import event_sample
from tests.shared.service.notes.processes import Notes, check, send, until


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


def test_a_collector_that_is_away_neither_hinders_nor_delays_the_end(
    notes: Notes, access: Access
) -> None:
    process = notes.process("api", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    process.start()
    until(lambda: notes.ready() or notes.ready(wanted=False))
    headers = access.service("demo", "tickets:write", "tenants:write")
    answer = httpx.post(f"{notes.url}/v1/notes", json={"text": "a"}, headers=headers)
    assert answer.status_code == 201
    process.send(signal.SIGTERM)
    began = time.monotonic()
    assert process.wait() == 0
    assert time.monotonic() - began < 10
