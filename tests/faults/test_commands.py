"""A command whose process dies around its COMMIT is done once, and its answer comes again."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.stack import Stack
from shared.service.roles import Scope
from shared.storage import Database, DatabaseSettings
from shared.testing.access import Access, access
from tests.shared.service.notes.processes import Notes

__all__ = ["access"]

pytestmark = [pytest.mark.faults, pytest.mark.faults_long]

SCOPES: tuple[Scope, ...] = ("tickets:read", "tickets:write")


@pytest.fixture
async def notes(stack: Stack, postgres: Postgres, access: Access) -> AsyncIterator[Notes]:
    """A small service with two commands, to create and to change; migrated, not started."""
    url = await asyncio.to_thread(postgres.database, "notes")
    environment = {
        **access.environment, "DATABASE_URL": url, "NOTES_HTTP_PORT": str(free_port()),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    }  # fmt: skip
    made = Notes(stack, environment)
    code, said = await asyncio.to_thread(made.once, "migrate")
    assert code == 0, said
    database = Database(DatabaseSettings(url=url), "test")
    await access.know(database, "demo")
    await database.dispose()
    yield made
    for process in made.processes:
        await asyncio.to_thread(process.kill)


async def count(notes: Notes) -> int:
    connection = await asyncpg.connect(notes.environment["DATABASE_URL"])
    try:
        return int(await connection.fetchval("SELECT count(*) FROM note"))
    finally:
        await connection.close()


async def start(notes: Notes, **environment: str) -> None:
    """Starts the API and waits until it answers."""
    process = notes.process("api", **environment)
    await asyncio.to_thread(process.start)

    def answers() -> bool:
        try:
            return httpx.get(f"{notes.url}/live", timeout=5).is_success
        except httpx.HTTPError:
            return False

    await asyncio.to_thread(process.wait_until, answers)


@pytest.mark.parametrize(("failpoint", "done"), [("P3", 0), ("P4", 1)], ids=["before", "after"])
async def test_a_reply_lost_around_commit_comes_again_for_the_same_key(
    notes: Notes, access: Access, failpoint: str, done: int
) -> None:
    headers = access.service("demo", *SCOPES) | {"Idempotency-Key": "once"}
    async with httpx.AsyncClient(base_url=notes.url, headers=headers, timeout=20) as client:
        await start(notes, FAILPOINT=f"{failpoint}:1")
        with pytest.raises(httpx.TransportError):
            await client.post("/v1/notes", json={"text": "hello"})
        assert await count(notes) == done

        await start(notes)
        first = await client.post("/v1/notes", json={"text": "hello"})
        again = await client.post("/v1/notes", json={"text": "hello"})
        assert first.status_code == 201, first.text
        assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
        assert await count(notes) == 1
        other = await client.post("/v1/notes", json={"text": "another"})
        assert other.status_code == 422
        assert await count(notes) == 1


async def test_a_change_with_if_match_whose_reply_is_lost_gets_its_answer_and_no_conflict(
    notes: Notes, access: Access
) -> None:
    headers = access.service("demo", *SCOPES)
    async with httpx.AsyncClient(base_url=notes.url, headers=headers, timeout=20) as client:
        # The second command is the change: it is committed, and its answer never sent.
        await start(notes, FAILPOINT="P4:2")
        made = await client.post("/v1/notes", json={"text": "one"})
        change = {"Idempotency-Key": "change", "If-Match": made.headers["etag"]}
        path = f"/v1/notes/{made.json()['id']}"
        with pytest.raises(httpx.TransportError):
            await client.put(path, json={"text": "two"}, headers=change)

        await start(notes)
        answer = await client.put(path, json={"text": "two"}, headers=change)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"id": made.json()["id"], "text": "two", "version": 2}
        late = await client.put(path, json={"text": "3"}, headers={"If-Match": change["If-Match"]})
        assert late.status_code == 412
