"""What the HTTP API does for its callers."""

from typing import Any
from uuid import UUID

import httpx

from shared.contracts.sla import ClockStarted
from shared.contracts.suggestions import ArticlesSuggested, SuggestedArticle
from shared.service import Service
from shared.testing.access import Access
from tests.router.callers import ANA, NOBODY, PERSON, TICKET, Headers
from tests.router.company import Company
from tests.router.events import START, clock, conversation, message, received


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
