"""The HTTP API as its callers see it."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.sla import ClockStarted
from shared.contracts.suggestions import ArticlesSuggested, SuggestedArticle
from shared.service import Service, create_app
from shared.testing.access import Access
from tests.router.company import Company
from tests.router.events import START, clock, conversation, message, received

ANA = UUID(int=1)
NOBODY = UUID(int=404)
TICKET = {"subject": "Help", "text": "She rang.", "customer": {"address": "a@customer.example"}}
PERSON = {"name": "Ben"}

Headers = dict[str, str]

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


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
async def admin(service: Service, access: Access, company: Company) -> Headers:
    """May do everything in demo, where Ana works and has a ticket."""
    await access.know(service.database, "demo", agents=[ANA])
    await access.know(service.database, "other")
    await company.agent(1)
    await company.messages(message(1))
    return access.service(
        "demo", "tenants:write", "tenants:read", "agents:write", "agents:read", "tickets:write",
        "tickets:read",
    )  # fmt: skip


@pytest.fixture
async def of_ticket(company: Company, admin: Headers) -> Callable[[str], str]:
    """Puts the ticket's id into a path."""
    ticket = await company.ticket(1)
    return lambda path: path.replace("{id}", str(ticket.id))


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


async def test_a_ticket_is_shown_with_all_that_is_known_of_it(
    client: httpx.AsyncClient, admin: Headers, company: Company
) -> None:
    ticket = await company.ticket(1)
    await company.hear("support.sla.v1", clock(ClockStarted, ticket.id))
    article = SuggestedArticle(article_id=NOBODY, title="Passwords", language="en", score=0.5)
    found = ArticlesSuggested(ticket_id=ticket.id, articles=[article], at=START)
    await company.hear("support.suggestions.v1", received(found, ticket.id))
    answer = await client.get(f"/v1/tickets/{ticket.id}", headers=admin)
    shown = answer.json()
    assert (answer.headers["etag"], shown["version"]) == ('"3"', 3)
    assert shown["assignee"] == str(ANA)
    assert shown["assigned_reason"].startswith("least loaded of 1 available in Support")
    assert [entry["kind"] for entry in shown["entries"]] == ["message", "acknowledgement"]
    assert shown["clocks"][0]["due_at"] == "2026-11-02T10:00:00Z"
    assert shown["suggested_articles"][0]["title"] == "Passwords"
    same = await client.get("/v1/tickets/by-number/1", headers=admin)
    assert same.json() == shown


async def test_tickets_are_listed_newest_first_by_what_is_asked_for(
    client: httpx.AsyncClient, admin: Headers, company: Company
) -> None:
    await company.messages(*[message(name) for name in range(2, 6)])
    await company.move(await company.ticket(2), "solved")

    async def numbers(**asked: Any) -> list[int]:
        answer = await client.get("/v1/tickets", params=asked, headers=admin)
        assert answer.status_code == 200, answer.text
        return [one["number"] for one in answer.json()["items"]]

    assert await numbers() == [5, 4, 3, 2, 1]
    assert await numbers(status="solved") == [2]
    assert await numbers(assignee=str(ANA), status="new") == [3, 1]
    assert await numbers(team="support", limit=2) == [5, 4]
    assert await numbers(team="sales") == []
    assert await numbers(conversation_id=str(conversation(4))) == [4]
    assert await numbers(conversation_id=str(NOBODY)) == []


async def test_a_list_goes_on_where_the_page_before_ended(
    client: httpx.AsyncClient, admin: Headers, company: Company
) -> None:
    await company.messages(*[message(name) for name in range(2, 6)])
    seen, cursor = [], {}
    while cursor is not None:
        page = (
            await client.get("/v1/tickets", params={"limit": 2, **cursor}, headers=admin)
        ).json()
        seen += [one["number"] for one in page["items"]]
        cursor = {"cursor": page["next"]} if page["next"] else None
    assert seen == [5, 4, 3, 2, 1]
    forged = await client.get("/v1/tickets", params={"cursor": "WyJ4Il0"}, headers=admin)
    assert forged.status_code == 422


async def test_an_opened_ticket_is_answered_in_a_conversation_of_its_own(
    client: httpx.AsyncClient, admin: Headers, company: Company
) -> None:
    opened = await client.post("/v1/tickets", json=TICKET | {"priority": "high"}, headers=admin)
    assert opened.status_code == 201
    ticket = opened.json()
    assert (ticket["number"], ticket["priority"], ticket["team"]) == (2, "high", "support")
    assert opened.headers["location"] == f"/v1/tickets/{ticket['id']}"
    answer = {"text": "We look into it.", "status": "pending"}
    await client.post(f"/v1/tickets/{ticket['id']}/reply", json=answer, headers=admin)
    (asked,) = await company.announced("outgoing.requested")
    assert asked["conversation_id"] == ticket["conversation_ids"][0]
    assert asked["recipient"] == {"name": None, "address": "a@customer.example"}
    assert (asked["subject"], asked["channel"]) == ("Help", "email")
    (number_one, number_two) = await company.announced("ticket.opened")
    assert (number_two["by"], number_two["message_id"], number_two["ticket"]["number"]) == (
        "system", None, 2,
    )  # fmt: skip
    assert number_one["ticket"]["number"] == 1


async def test_an_agent_is_named_in_what_they_do(
    client: httpx.AsyncClient, admin: Headers, access: Access, company: Company
) -> None:
    ana = access.agent("demo", ANA, "tickets:write")
    ticket = await company.ticket(1)
    answer = await client.post(
        f"/v1/tickets/{ticket.id}/reply", json={"text": "Hi", "html": "<p>Hi</p>"}, headers=ana
    )
    assert answer.status_code == 200
    (replied,) = await company.announced("ticket.replied")
    (asked,) = await company.announced("outgoing.requested")
    assert (replied["by"], replied["by_agent"]) == ("agent", str(ANA))
    assert (asked["requested_by"], asked["html"]) == (str(ANA), "<p>Hi</p>")


async def test_a_program_may_say_which_agent_answers(
    client: httpx.AsyncClient, admin: Headers, access: Access, company: Company
) -> None:
    path = f"/v1/tickets/{(await company.ticket(1)).id}/reply"
    unknown = {"text": "Hi", "agent_id": str(NOBODY)}
    refused = await client.post(path, json=unknown, headers=admin)
    assert refused.json()["errors"][0]["pointer"] == "#/agent_id"
    ana = access.agent("demo", ANA, "tickets:write")
    refused = await client.post(path, json=unknown, headers=ana)
    assert refused.json()["errors"][0]["pointer"] == "#/agent_id"
    for body in ({"text": "Hi", "agent_id": str(ANA)}, {"text": "Hi"}):
        assert (await client.post(path, json=body, headers=admin)).status_code == 200
    by_hand, by_program = await company.announced("ticket.replied")
    assert (by_hand["by"], by_hand["by_agent"]) == ("agent", str(ANA))
    assert (by_program["by"], by_program["by_agent"]) == ("system", None)


async def test_resolving_needs_no_body_and_frees_the_agent(
    client: httpx.AsyncClient, admin: Headers, company: Company
) -> None:
    ticket = await company.ticket(1)
    answer = await client.post(f"/v1/tickets/{ticket.id}/resolve", headers=admin)
    assert (answer.status_code, answer.json()["status"]) == (200, "solved")
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
    again = await client.post(f"/v1/tickets/{ticket.id}/resolve", headers=admin)
    assert again.json() == answer.json()
    agents = await client.get("/v1/agents", headers=admin)
    assert agents.json()["items"][0]["load"] == {}


async def test_a_step_that_is_not_possible_says_which_are(
    client: httpx.AsyncClient, admin: Headers, company: Company
) -> None:
    ticket = await company.ticket(1)
    refused = await client.post(
        f"/v1/tickets/{ticket.id}/status", json={"status": "closed"}, headers=admin
    )
    assert refused.status_code == 409
    assert refused.json()["allowed"] == ["on-hold", "open", "pending", "solved"]
    assert refused.json()["detail"] == "Ticket 1 is new: it cannot become closed."
    for status in ("solved", "closed"):
        await client.post(f"/v1/tickets/{ticket.id}/status", json={"status": status}, headers=admin)
    refused = await client.post(
        f"/v1/tickets/{ticket.id}/reply", json={"text": "Hi"}, headers=admin
    )
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/tickets/{id}/reply", {"text": " \n"}, "#/text"),
        ("/v1/tickets/{id}/reply", {"text": "é" * 40_000}, "#/text"),
        ("/v1/tickets/{id}/reply", {"text": "Hi", "status": "closed"}, "#/status"),
        ("/v1/tickets", TICKET | {"team": "nowhere"}, "#/team"),
        ("/v1/tickets", TICKET | {"subject": "a\nb"}, "#/subject"),
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


async def test_what_postgresql_cannot_hold_is_left_out(
    client: httpx.AsyncClient, admin: Headers, of_ticket: Any, company: Company
) -> None:
    answer = await client.post(
        of_ticket("/v1/tickets/{id}/note"), json={"text": "a\0b"}, headers=admin
    )
    assert answer.status_code == 200
    assert (await company.entries(await company.ticket(1)))[-1].text == "ab"


async def test_agents_say_for_themselves_whether_they_work(
    client: httpx.AsyncClient, admin: Headers, access: Access
) -> None:
    ana = access.agent("demo", ANA, "agents:read")
    path = f"/v1/agents/{ANA}/availability"
    away = await client.post(path, json={"availability": "away"}, headers=ana)
    assert (away.status_code, away.json()["availability"]) == (200, "away")
    other = f"/v1/agents/{UUID(int=2)}/availability"
    refused = await client.post(other, json={"availability": "away"}, headers=ana)
    assert (refused.status_code, refused.json()["missing"]) == (403, ["agents:write"])
    unknown = await client.post(other, json={"availability": "away"}, headers=admin)
    assert unknown.status_code == 404


async def test_a_tenant_is_set_up_from_nothing(
    client: httpx.AsyncClient, service: Service, access: Access
) -> None:
    setup = access.service("new-one", "tenants:write", "agents:write", "agents:read")
    body = {"name": "New One", "timezone": "Europe/Lisbon"}
    made = await client.put("/v1/tenants/new-one", json=body, headers=setup)
    assert (made.status_code, made.json()["version"]) == (200, 1)
    bad = await client.put("/v1/tenants/new-one", json=body | {"timezone": "X/Y"}, headers=setup)
    assert bad.json()["errors"][0]["pointer"] == "#/timezone"
    bad = await client.put(
        "/v1/tenants/new-one", json=body | {"default_team": "none"}, headers=setup
    )
    assert bad.json()["errors"][0]["pointer"] == "#/default_team"
    team = {"name": "Support", "takes": [{"channel": "chat", "account": "web"}]}
    made = await client.put("/v1/teams/support", json=team, headers=setup)
    assert made.json() == {"key": "support", "version": 1, **team}
    made = await client.post("/v1/agents", json=PERSON | {"teams": ["support"]}, headers=setup)
    assert (made.status_code, made.json()["availability"]) == (201, "offline")
    teams = await client.get("/v1/teams", headers=setup)
    assert [one["key"] for one in teams.json()["items"]] == ["support"]


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
