"""Sets of policies over HTTP: drafted, published, versioned."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.sla.domain.policy import Kind
from services.sla.repository import Policies
from shared.service import Scope, Service, create_app
from shared.testing.access import Access

READ: Scope = "policies:read"
WRITE: Scope = "policies:write"
GOLD: dict[str, Any] = {
    "id": "gold",
    "name": "Gold",
    "condition": 'customer.plan == "gold" && ticket.channel != "chat"',
    "calendar": "office",
    "targets": {"urgent": {"first-response": 15, "next-response": 30, "assignment": 5}},
    "tier_targets": {"L2": {"normal": {"resolution": 1440}}},
    "pauses": {"resolution": ["pending"]},
    "warnings": [{"percent": 50}, {"seconds_before": 600}],
    "reopen": "resume",
    "public": {"en": "Within a quarter of an hour.", "de": "Binnen einer Viertelstunde."},
}
ALL: dict[str, Any] = {
    "id": "all",
    "name": "Everybody",
    "targets": {"normal": {"first-response": 240}},
}
OFFICE: dict[str, Any] = {"zone": "Europe/Berlin", "hours": {"mon": [["09:00", "17:00"]]}}
DRAFT = "/v1/policies/draft"
ENDPOINTS = [
    ("GET", "/v1/policies", READ),
    ("GET", "/v1/policies/versions", READ),
    ("GET", DRAFT, READ),
    ("PUT", DRAFT, WRITE),
    ("POST", f"{DRAFT}/publish", WRITE),
]


@pytest.fixture
async def client(service: Service, access: Access) -> AsyncIterator[httpx.AsyncClient]:
    for tenant in ("demo", "other"):
        await access.know(service.database, tenant)
    transport = httpx.ASGITransport(app=create_app(service))
    headers = access.service("demo", READ, WRITE)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://sla", headers=headers
    ) as made:
        assert (await made.put("/v1/calendars/office", json=OFFICE)).status_code == 200
        yield made


async def draft(client: httpx.AsyncClient, *policies: dict[str, Any]) -> httpx.Response:
    return await client.put(DRAFT, json={"policies": list(policies)})


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
async def test_without_the_scope_nothing_is_shown_or_changed(
    client: httpx.AsyncClient, access: Access, method: str, path: str, scope: Scope
) -> None:
    body = {"json": {"policies": []}} if method == "PUT" else {}
    poor = access.service("demo", "tickets:read")
    answer = await client.request(method, path, headers=poor, **body)
    assert (answer.status_code, answer.json()["missing"]) == (403, [scope])


async def test_a_draft_begins_as_what_holds_and_promises_nothing_until_it_is_published(
    client: httpx.AsyncClient,
) -> None:
    begun = await client.get(DRAFT)
    assert (begun.headers["etag"], begun.json()["policies"][0]["name"]) == ('"0"', "default")
    assert (await client.post(f"{DRAFT}/publish")).status_code == 409
    written = await draft(client, GOLD, ALL)
    assert (written.status_code, written.headers["etag"]) == (200, '"1"')
    assert (await client.get("/v1/policies")).json()["version"] == 0
    unseen = await client.post(f"{DRAFT}/publish", headers={"If-Match": '"0"'})
    assert (unseen.status_code, unseen.headers["etag"]) == (412, '"1"')
    published = await client.post(f"{DRAFT}/publish", headers={"If-Match": '"1"'})
    assert (published.status_code, published.headers["etag"]) == (200, '"1"')
    now = (await client.get("/v1/policies")).json()
    assert now == published.json()
    assert [policy["id"] for policy in now["policies"]] == ["gold", "all"]
    assert {name: now["policies"][0][name] for name in GOLD if name != "warnings"} == {
        name: value for name, value in GOLD.items() if name != "warnings"
    }
    again = await client.post(f"{DRAFT}/publish")
    assert again.json() == published.json()


async def test_versions_are_kept_and_hold_one_after_another(
    client: httpx.AsyncClient, service: Service
) -> None:
    for policies in ([ALL], [GOLD, ALL], [GOLD]):
        await draft(client, *policies)
        await client.post(f"{DRAFT}/publish")
    first = (await client.get("/v1/policies/versions?limit=2")).json()
    assert [version["version"] for version in first["items"]] == [3, 2]
    rest = (await client.get(f"/v1/policies/versions?cursor={first['next']}")).json()
    assert [version["version"] for version in rest["items"]] == [1]
    async with service.database.reading() as session:
        kept = (await Policies(session).versions({"demo"}))["demo"]
    assert sorted(each.since for each in kept if each.since) == [each.since for each in kept]
    assert kept[2].policies[0].pauses == {Kind.RESOLUTION: frozenset({"pending"})}
    assert [warning.seconds_before for warning in kept[2].policies[0].warnings] == [None, 600]


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"condition": "ticket.priority =="}, "condition", "line 1, column 19: mismatched"),
        ({"condition": "true &&\n tickt.team == ''"}, "condition", "line 2, column 2: tickt is"),
        ({"condition": 'customer.plane == "x"'}, "condition", "column 10: customer has no plane"),
        ({"condition": "customer.value"}, "condition", "not true or false"),
        ({"condition": '"a" + 1 == 2'}, "condition", "Unsupported operation"),
        ({"calendar": "nowhere"}, "calendar", "no such calendar"),
        ({"id": "all"}, "id", "two policies"),
        ({"warnings": [{}]}, "warnings/0", "one of the two"),
        ({"warnings": [{"percent": 100}]}, "warnings/0/percent", "less than"),
        ({"targets": {"normal": {"last-response": 5}}}, "targets/normal", "first-response"),
        ({"targets": {"normal": {"resolution": 0}}}, "targets/normal", "greater"),
        ({"pauses": {"first-response": ["pending"]}}, "", "never pauses"),
        ({"public": {"english please": "x"}}, "public", "pattern"),
        ({"colour": "red"}, "colour", ""),
    ],
)
async def test_a_policy_that_cannot_be_kept_is_refused_with_place_and_reason(
    client: httpx.AsyncClient, change: dict[str, Any], pointer: str, words: str
) -> None:
    answer = await draft(client, ALL, {**GOLD, **change})
    assert answer.status_code == 422
    [error, *_] = answer.json()["errors"]
    assert error["pointer"].startswith(f"#/policies/1/{pointer}".rstrip("/"))
    assert words in error["detail"]
    assert (await client.get(DRAFT)).json()["version"] == 0


async def test_a_hundred_policies_are_the_most(client: httpx.AsyncClient) -> None:
    many = [{**ALL, "id": f"p{number}"} for number in range(101)]
    assert (await draft(client, *many[:100])).status_code == 200
    assert (await draft(client, *many)).status_code == 422


async def test_a_calendar_that_is_promised_by_is_not_deleted(client: httpx.AsyncClient) -> None:
    await draft(client, GOLD)
    await client.post(f"{DRAFT}/publish")
    assert (await client.delete("/v1/calendars/office")).status_code == 409
    await draft(client, ALL)
    await client.post(f"{DRAFT}/publish")
    assert (await client.delete("/v1/calendars/office")).status_code == 204
    assert (await draft(client, GOLD)).status_code == 422


async def test_a_calendar_that_went_away_since_the_draft_stops_its_publishing(
    client: httpx.AsyncClient,
) -> None:
    await draft(client, GOLD)
    assert (await client.delete("/v1/calendars/office")).status_code == 204
    refused = await client.post(f"{DRAFT}/publish")
    assert refused.json()["errors"][0]["pointer"] == "#/policies/0/calendar"


async def test_the_short_form_shows_what_it_can_and_loses_nothing(
    client: httpx.AsyncClient,
) -> None:
    minutes = {name: {"first-response": 60} for name in ("urgent", "high", "normal", "low")}
    short = {"name": "Short", "minutes": minutes}
    assert (await client.put("/v1/policy", json=short)).json()["version"] == 1
    assert (await client.get("/v1/policies")).json()["policies"][0]["targets"] == minutes
    await draft(client, GOLD, ALL)
    await client.post(f"{DRAFT}/publish")
    assert (await client.get("/v1/policy")).status_code == 409
    assert (await client.put("/v1/policy", json=short)).status_code == 409


async def test_a_draft_is_its_tenants_alone(client: httpx.AsyncClient, access: Access) -> None:
    await draft(client, ALL)
    stranger = access.service("other", READ, WRITE)
    assert (await client.get(DRAFT, headers=stranger)).json()["version"] == 0
    assert (await client.post(f"{DRAFT}/publish", headers=stranger)).status_code == 409
