"""Idempotency-Key and If-Match: a command is done once, however often its request comes."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from shared.messaging import tables
from shared.service import Service, create_app
from shared.testing.access import Access

NOTE = {"text": "hello"}


@pytest.fixture
def headers(access: Access) -> dict[str, str]:
    return access.service("demo", "tickets:read", "tickets:write", subject="shop")


def keyed(headers: dict[str, str], key: str, **more: str) -> dict[str, str]:
    return {**headers, "Idempotency-Key": key, **more}


async def count(client: httpx.AsyncClient, headers: dict[str, str]) -> int:
    return int((await client.get("/v1/notes/count", headers=headers)).text)


def same(first: httpx.Response, second: httpx.Response) -> bool:
    def told(answer: httpx.Response) -> Any:
        kept = [item for item in answer.headers.multi_items() if item[0] != "x-request-id"]
        return answer.status_code, sorted(kept), answer.content

    return bool(told(first) == told(second))


async def test_a_command_answers_with_status_etag_and_location(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.post("/v1/notes", json=NOTE, headers=headers)
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/v1/notes/{answer.json()['id']}"


async def test_without_a_key_every_request_counts(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for _ in range(2):
        await client.post("/v1/notes", json=NOTE, headers=headers)
    assert await count(client, headers) == 2


async def test_the_same_key_again_gets_the_same_answer_and_nothing_is_done(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    first = await client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1"))
    second = await client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1"))
    assert same(first, second)
    assert await count(client, headers) == 1


async def test_another_process_gives_the_same_answer(
    client: httpx.AsyncClient, headers: dict[str, str], service: Service
) -> None:
    first = await client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1"))
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as other:
        assert same(first, await other.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1")))


@pytest.mark.parametrize("change", ["body", "query", "if-match"])
async def test_the_key_of_another_request_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], change: str
) -> None:
    await client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1"))
    body = {"text": "other"} if change == "body" else NOTE
    path = "/v1/notes?x=1" if change == "query" else "/v1/notes"
    more = {"If-Match": '"1"'} if change == "if-match" else {}
    answer = await client.post(path, json=body, headers=keyed(headers, "k1", **more))
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("idempotency-key-reused")
    assert await count(client, headers) == 1


async def test_a_key_counts_per_tenant_caller_and_route(
    client: httpx.AsyncClient, headers: dict[str, str], access: Access, service: Service
) -> None:
    await access.know(service.database, "other")
    made = await client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1"))
    for token in (
        access.service("demo", "tickets:write", subject="another"),
        access.service("other", "tickets:write", subject="shop"),
    ):
        answer = await client.post("/v1/notes", json=NOTE, headers=keyed(token, "k1"))
        assert answer.json()["id"] != made.json()["id"]
    path = f"/v1/notes/{made.json()['id']}"
    assert (await client.put(path, json=NOTE, headers=keyed(headers, "k1"))).status_code == 200


async def test_two_at_once_are_one_and_a_409(
    client: httpx.AsyncClient, headers: dict[str, str], gate: Any
) -> None:
    gate.open.clear()
    first = asyncio.create_task(client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1")))
    await asyncio.wait_for(gate.reached.wait(), 5)
    second = await client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1"))
    assert second.status_code == 409
    assert second.headers["retry-after"] == "1"
    gate.open.set()
    assert (await first).status_code == 201
    third = await client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1"))
    assert same(await first, third)
    assert await count(client, headers) == 1


async def test_a_change_is_refused_when_somebody_else_was_faster(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    made = await client.post("/v1/notes", json=NOTE, headers=headers)
    path = f"/v1/notes/{made.json()['id']}"
    changed = await client.put(path, json=NOTE, headers={**headers, "If-Match": '"1"'})
    assert changed.headers["etag"] == '"2"'
    late = await client.put(path, json=NOTE, headers={**headers, "If-Match": '"1"'})
    assert late.status_code == 412
    assert late.json()["version"] == 2
    assert late.headers["etag"] == '"2"'
    assert (await client.put(path, json=NOTE, headers={**headers, "If-Match": "*"})).is_success


async def test_a_replay_wins_over_an_if_match_that_would_now_fail(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    made = await client.post("/v1/notes", json=NOTE, headers=headers)
    path = f"/v1/notes/{made.json()['id']}"
    asked = keyed(headers, "k1", **{"If-Match": '"1"'})
    first = await client.put(path, json=NOTE, headers=asked)
    assert first.status_code == 200
    assert same(first, await client.put(path, json=NOTE, headers=asked))


async def test_a_refused_command_keeps_no_key(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    made = await client.post("/v1/notes", json=NOTE, headers=headers)
    path = f"/v1/notes/{made.json()['id']}"
    asked = keyed(headers, "k1", **{"If-Match": '"2"'})
    assert (await client.put(path, json=NOTE, headers=asked)).status_code == 412
    await client.put(path, json=NOTE, headers=headers)
    assert (await client.put(path, json=NOTE, headers=asked)).status_code == 200


async def test_a_key_ends_after_its_time(
    client: httpx.AsyncClient, headers: dict[str, str], service: Service
) -> None:
    first = await client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1"))
    keys = tables.idempotency_key
    async with service.database.writing() as session:
        late = keys.c.expires_at - timedelta(hours=25)
        await session.execute(update(keys).values(expires_at=late))
    second = await client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1"))
    assert second.json()["id"] != first.json()["id"]
    assert same(second, await client.post("/v1/notes", json=NOTE, headers=keyed(headers, "k1")))


@pytest.mark.parametrize(
    "wrong", [{"Idempotency-Key": "x" * 201}, {"Idempotency-Key": "a b"}, {"If-Match": "W/x"}]
)
async def test_a_malformed_header_is_a_422(
    client: httpx.AsyncClient, headers: dict[str, str], wrong: dict[str, str]
) -> None:
    answer = await client.post("/v1/notes", json=NOTE, headers={**headers, **wrong})
    assert answer.status_code == 422
    assert await count(client, headers) == 0


async def test_a_text_that_is_not_kept_is_a_422(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for text in ("nul \x00", "surrogate \ud800"):
        body = (
            b'{"text": "'
            + text.encode("ascii", "backslashreplace").replace(b"\\x00", b"\\u0000")
            + b'"}'
        )
        answer = await client.post(
            "/v1/notes", content=body, headers={**headers, "content-type": "application/json"}
        )
        assert answer.status_code == 422, text
