"""What holds for every endpoint of the HTTP API."""

from typing import Any

import httpx
import pytest

from shared.testing.access import Access
from tests.router.callers import ANA, PERSON, TICKET, Headers
from tests.router.company import Company

ENDPOINTS = [
    ("PUT", "/v1/tenants/demo", "tenants:write", {"name": "Demo"}),
    ("GET", "/v1/tenants/demo", "tenants:read", None),
    ("PUT", "/v1/teams/sales", "agents:write", {"name": "Sales"}),
    ("GET", "/v1/teams", "agents:read", None),
    ("POST", "/v1/agents", "agents:write", PERSON),
    ("PUT", f"/v1/agents/{ANA}", "agents:write", PERSON),
    ("GET", "/v1/agents", "agents:read", None),
    ("POST", f"/v1/agents/{ANA}/availability", "agents:read", {"availability": "away"}),
    ("POST", "/v1/tickets", "tickets:write", TICKET),
    ("GET", "/v1/tickets", "tickets:read", None),
    ("GET", "/v1/tickets/{id}", "tickets:read", None),
    ("GET", "/v1/tickets/by-number/1", "tickets:read", None),
    ("POST", "/v1/tickets/{id}/reply", "tickets:write", {"text": "Hi"}),
    ("POST", "/v1/tickets/{id}/note", "tickets:write", {"text": "Hm"}),
    ("POST", "/v1/tickets/{id}/resolve", "tickets:write", {}),
    ("POST", "/v1/tickets/{id}/status", "tickets:write", {"status": "open"}),
]
COMMANDS = [one for one in ENDPOINTS if one[0] != "GET"]
OF_ONE_THING = [one for one in ENDPOINTS if one[1].count("/") > 2 and "teams" not in one[1]]


async def test_a_stranger_is_sent_away(
    client: httpx.AsyncClient, access: Access, of_ticket: Any
) -> None:
    for method, path, scope, body in ENDPOINTS:
        refused = await client.request(method, of_ticket(path), json=body)
        assert refused.status_code == 401, path
        assert refused.headers["content-type"] == "application/problem+json", path
        powerless = access.service("demo")
        refused = await client.request(method, of_ticket(path), json=body, headers=powerless)
        assert (refused.status_code, refused.json()["missing"]) == (403, [scope]), path


async def test_another_tenants_things_are_not_there(
    client: httpx.AsyncClient, access: Access, of_ticket: Any, company: Company
) -> None:
    before = await company.tickets(), await company.agents()
    for method, path, scope, body in OF_ONE_THING:
        stranger = access.service("other", scope, "agents:write")
        answer = await client.request(method, of_ticket(path), json=body, headers=stranger)
        assert answer.status_code == 404, path
    assert (await company.tickets(), await company.agents()) == before


async def test_broken_json_is_pointed_at(
    client: httpx.AsyncClient, admin: Headers, of_ticket: Any
) -> None:
    json = admin | {"content-type": "application/json"}
    for method, path, _, _ in COMMANDS:
        cut = await client.request(method, of_ticket(path), content=b'{"name": ', headers=json)
        assert cut.status_code == 422, path
        assert cut.json()["errors"][0]["pointer"] == "#", path
        odd = await client.request(method, of_ticket(path), json={"colour": 1}, headers=admin)
        assert odd.status_code == 422, path
        assert "#/colour" in [error.get("pointer") for error in odd.json()["errors"]], path


async def test_a_repeated_command_is_answered_again_and_done_once(
    client: httpx.AsyncClient, admin: Headers, of_ticket: Any, company: Company
) -> None:
    once = admin | {"Idempotency-Key": "once"}
    for method, path, _, body in COMMANDS:
        first = await client.request(method, of_ticket(path), json=body, headers=once)
        assert first.is_success, (path, first.text)
        announced = len(await company.announced())
        again = await client.request(method, of_ticket(path), json=body, headers=once)
        assert (again.status_code, again.content) == (first.status_code, first.content), path
        assert again.headers.get("etag") == first.headers.get("etag"), path
        assert len(await company.announced()) == announced, path
        changed = {**body, "reason": "something else"}
        other = await client.request(method, of_ticket(path), json=changed, headers=once)
        assert other.status_code == 422, path


async def test_nobody_overwrites_what_they_have_not_seen(
    client: httpx.AsyncClient, admin: Headers, of_ticket: Any, company: Company
) -> None:
    stale = admin | {"If-Match": '"999"'}
    for method, path, _, body in [
        one for one in COMMANDS if one[0] == "PUT" or one in OF_ONE_THING
    ]:
        before = len(await company.announced())
        refused = await client.request(method, of_ticket(path), json=body, headers=stale)
        assert refused.status_code == 412, path
        assert len(await company.announced()) == before, path
        current = admin | {"If-Match": refused.headers["etag"]}
        done = await client.request(method, of_ticket(path), json=body, headers=current)
        assert done.is_success, (path, done.text)


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/tickets/{id}/reply", {"text": " \n"}, "#/text"),
        ("/v1/tickets/{id}/reply", {"text": "é" * 40_000}, "#/text"),
        ("/v1/tickets/{id}/reply", {"text": "Hi", "status": "closed"}, "#/status"),
        ("/v1/tickets", TICKET | {"team": "nowhere"}, "#/team"),
        ("/v1/tickets", TICKET | {"subject": "a\nb"}, "#/subject"),
        *(
            ("/v1/tickets", TICKET | {"customer": {"address": one}}, "#/customer/address")
            for one in (
                "not an address",
                "+4712345678",
                "a@",
                "@b.example",
                "a@b@c.example",
                "<a@b.example>",
                "a,b@c.example",
            )
        ),
        ("/v1/tickets", TICKET | {"channel": "zzz"}, "#/channel"),
        ("/v1/agents", PERSON | {"teams": ["nowhere"]}, "#/teams"),
        ("/v1/agents", PERSON | {"capacity": {"total": -1}}, "#/capacity/total"),
    ],
)
async def test_what_cannot_be_is_pointed_at(
    client: httpx.AsyncClient, admin: Headers, of_ticket: Any, path: str, body: Any, pointer: str
) -> None:
    refused = await client.post(of_ticket(path), json=body, headers=admin)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("channel", "address"),
    [("email", "ana@bücher.example"), ("email", "o'neil+1@sub.example"), ("email", None),
     ("social", "+4712345678"), ("voice", "+4712345678")],
)  # fmt: skip
async def test_a_ticket_is_opened_for_whoever_can_be_answered_or_is_not_known_yet(
    client: httpx.AsyncClient, admin: Headers, company: Company, channel: str, address: str | None
) -> None:
    asked = TICKET | {"channel": channel, "customer": {"name": "Ana", "address": address}}
    assert (await client.post("/v1/tickets", json=asked, headers=admin)).status_code == 201


async def test_what_postgresql_cannot_hold_is_left_out(
    client: httpx.AsyncClient, admin: Headers, of_ticket: Any, company: Company
) -> None:
    answer = await client.post(
        of_ticket("/v1/tickets/{id}/note"), json={"text": "a\0b"}, headers=admin
    )
    assert answer.status_code == 200
    assert (await company.entries(await company.ticket(1)))[-1].text == "ab"


async def test_the_api_describes_itself(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    for method, path, _, _ in ENDPOINTS:
        pattern = (
            path.replace("/demo", "/{slug}").replace("/sales", "/{key}").replace(str(ANA), "{id}")
            .replace("by-number/1", "by-number/{number}")
        )  # fmt: skip
        operation = described["paths"][pattern][method.lower()]
        assert operation["description"]
        assert "401" in operation["responses"]
