"""The HTTP API, as a caller sees it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.payload import Payload
from shared.service import Scope, Service, create_app
from shared.testing.access import Access
from tests.sla.desk import Desk, Promises

POLICY: dict[str, Any] = {
    "name": "Gold",
    "minutes": {
        "urgent": {"first-response": 15, "resolution": 240},
        "high": {"first-response": 60, "resolution": 480},
        "normal": {"first-response": 240, "resolution": 1440},
        "low": {"first-response": 480, "resolution": None},
    },
}
READ: Scope = "policies:read"
WRITE: Scope = "policies:write"
CLOCKS: Scope = "clocks:read"
TICKET = UUID(int=7)
ENDPOINTS = [
    ("GET", "/v1/policy", READ),
    ("PUT", "/v1/policy", WRITE),
    ("GET", f"/v1/tickets/{TICKET}/clocks", CLOCKS),
]


@pytest.fixture
async def client(service: Service, access: Access) -> AsyncIterator[httpx.AsyncClient]:
    for tenant in ("fresh", "demo", "other"):
        await access.know(service.database, tenant)
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://sla") as made:
        yield made


def body(method: str) -> dict[str, Any]:
    return {"json": POLICY} if method == "PUT" else {}


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
async def test_no_token_is_a_401_and_a_token_without_the_scope_a_403(
    client: httpx.AsyncClient, access: Access, method: str, path: str, scope: Scope
) -> None:
    assert (await client.request(method, path, **body(method))).status_code == 401
    poor = access.service("demo", "tickets:read")
    answer = await client.request(method, path, headers=poor, **body(method))
    assert (answer.status_code, answer.json()["missing"]) == (403, [scope])
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_tenant_without_a_policy_has_the_built_in_one(
    client: httpx.AsyncClient, access: Access
) -> None:
    answer = await client.get("/v1/policy", headers=access.service("fresh", READ))
    assert (answer.status_code, answer.headers["etag"]) == (200, '"0"')
    assert answer.json()["minutes"]["urgent"] == {"first-response": 15, "resolution": 240}
    assert (answer.json()["name"], answer.json()["since"]) == ("default", None)


async def test_a_policy_is_saved_for_its_tenant_alone(
    client: httpx.AsyncClient, access: Access
) -> None:
    saved = await client.put("/v1/policy", json=POLICY, headers=access.service("fresh", WRITE))
    assert (saved.status_code, saved.headers["etag"], saved.json()["version"]) == (200, '"1"', 1)
    read = await client.get("/v1/policy", headers=access.service("fresh", READ))
    assert read.json() == saved.json()
    assert read.json()["minutes"] == POLICY["minutes"]
    other = await client.get("/v1/policy", headers=access.service("other", READ))
    assert other.json()["version"] == 0


async def test_saving_what_holds_already_makes_no_new_version(
    client: httpx.AsyncClient, access: Access
) -> None:
    writer = access.service("fresh", WRITE)
    first = await client.put("/v1/policy", json=POLICY, headers=writer)
    again = await client.put("/v1/policy", json=POLICY, headers=writer)
    assert again.json() == first.json()
    changed = await client.put("/v1/policy", json={**POLICY, "name": "Silver"}, headers=writer)
    assert changed.json()["version"] == 2


async def test_a_policy_that_changed_meanwhile_is_not_overwritten(
    client: httpx.AsyncClient, access: Access
) -> None:
    writer = access.service("fresh", WRITE)
    on_built_in = {**writer, "If-Match": '"0"'}
    assert (await client.put("/v1/policy", json=POLICY, headers=on_built_in)).status_code == 200
    late = {**POLICY, "name": "Late"}
    refused = await client.put("/v1/policy", json=late, headers=on_built_in)
    assert (refused.status_code, refused.headers["etag"]) == (412, '"1"')


async def test_a_repeated_command_gets_its_first_answer_and_another_body_a_422(
    client: httpx.AsyncClient, access: Access
) -> None:
    once = {**access.service("fresh", WRITE), "Idempotency-Key": "one", "If-Match": '"0"'}
    first = await client.put("/v1/policy", json=POLICY, headers=once)
    again = await client.put("/v1/policy", json=POLICY, headers=once)
    assert (again.status_code, again.content, again.headers["etag"]) == (
        200,
        first.content,
        first.headers["etag"],
    )
    other = await client.put("/v1/policy", json={**POLICY, "name": "Other"}, headers=once)
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"name": "a\0b"}, "#/name"),
        ({"minutes": {"urgent": {}}}, "#/minutes/high"),
        ({"minutes": {**POLICY["minutes"], "low": {"resolution": 0}}}, "#/minutes/low/resolution"),
        ({"minutes": {**POLICY["minutes"], "low": {"next": 5}}}, "#/minutes/low/next"),
        ({"minutes": {**POLICY["minutes"], "someday": {}}}, "#/minutes/someday"),
        ({"hours": 3}, "#/hours"),
    ],
)
async def test_a_wrong_policy_is_refused_with_the_place(
    client: httpx.AsyncClient, access: Access, change: dict[str, Any], pointer: str
) -> None:
    writer = access.service("fresh", WRITE)
    answer = await client.put("/v1/policy", json={**POLICY, **change}, headers=writer)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 422),
        (b"", "application/json", 422),
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b" " * 2_000_000, "application/json", 413),
    ],
)
async def test_a_body_that_is_no_policy_at_all_is_refused_in_words(
    client: httpx.AsyncClient, access: Access, content: bytes, media_type: str, status: int
) -> None:
    headers = {**access.service("fresh", WRITE), "Content-Type": media_type}
    answer = await client.put("/v1/policy", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json()["detail"]


async def test_the_clocks_of_a_ticket_are_shown_with_what_has_become_of_them(
    client: httpx.AsyncClient, access: Access, promises: Promises, now: datetime
) -> None:
    desk = Desk(now - timedelta(minutes=70))
    await promises.follow(desk.opened(), desk.replied(2, 65))
    shown = await client.get(
        f"/v1/tickets/{desk.ticket}/clocks", headers=access.service("demo", CLOCKS)
    )
    first, resolution = shown.json()["clocks"]
    assert (first["kind"], first["outcome"], first["breached"]) == ("first-response", "met", True)
    assert (first["elapsed_seconds"], first["policy"]) == (65 * 60, "Standard")
    assert (resolution["outcome"], resolution["ended_at"]) == ("running", None)
    assert datetime.fromisoformat(resolution["due_at"]) == desk.at(1440)
    announced: Payload = (await promises.announced())[0].data
    assert first["id"] == str(announced.clock_id)
    assert shown.json()["version"] == 4


async def test_another_tenants_ticket_an_unknown_one_and_nonsense_are_not_shown(
    client: httpx.AsyncClient, access: Access, promises: Promises, now: datetime
) -> None:
    desk = Desk(now)
    await promises.follow(desk.opened())
    stranger = access.service("other", CLOCKS)
    path = f"/v1/tickets/{desk.ticket}/clocks"
    assert (await client.get(path, headers=stranger)).status_code == 404
    unknown = await client.get(f"/v1/tickets/{TICKET}/clocks", headers=stranger)
    assert (unknown.status_code, str(TICKET) in unknown.json()["detail"]) == (404, True)
    assert (await client.get("/v1/tickets/one/clocks", headers=stranger)).status_code == 422
