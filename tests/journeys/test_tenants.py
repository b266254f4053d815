"""What one company has, no other company and nobody without a token gets to see."""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.ingest.chatroom import Visitor
from tests.journeys.desk import Desk, eventually, is_acknowledged, mail
from tests.journeys.topics import chat, from_nowhere

pytestmark = pytest.mark.journey
SECRET = "the-secret-of-this-company"
SHORT = 12
"""Names of so many letters, such as that of an account, may be another company's, too."""
QUERIES = {
    "/v1/kpis": {"metric": "ticket-volume"},
    "/v1/search": {"q": "reset password"},
    "/v1/calendars/{id}/hours": {"from": "2026-11-02T00:00:00Z", "to": "2026-11-09T00:00:00Z"},
}
OPEN = {"/live", "/ready", "/metrics"}
STREAM = "/v1/kpis/stream"
NOT_ITS_OWN = {
    "/v1/kpis/definitions", "/v1/policy", "/v1/partitions", "/v1/policies", "/v1/policies/draft",
    "/v1/compliance",
}  # fmt: skip
"""Where those who have nothing see something: what KPIs mean, the built-in policy."""
UNTOKENED = ("/t/", "/v1/promises", "/v1/webhooks/", "/v1/chat-files/")
"""How the paths begin where providers, visitors and readers come in, who have no tokens of ours."""


async def test_another_company_sees_nothing_and_nobody_without_a_token_does(
    desk: Desk, stranger: Desk
) -> None:
    ids = await _a_busy_day(desk)
    marks = [desk.tenant, SECRET, *(value for value in ids.values() if len(value) > SHORT)]
    token = desk.suite.token(stranger.tenant, "stranger", "admin", "operator")
    theirs = {"Authorization": f"Bearer {token}"}
    for service, address in desk.suite.addresses.items():
        for path in await _paths(desk, address):
            url = address + path.format_map(_Ids(service, path, ids))
            seen = await _get(desk, url, path, {})
            assert seen.status_code == 401, f"{url} without a token: {seen.text}"
            own = await _get(desk, url, path, desk.headers)
            assert own.status_code == 200 or "parked_id" in path, f"{url}: {own.text}"
            seen = await _get(desk, url, path, theirs)
            # A 404 names what was asked for, which the asker knew.
            told = [mark for mark in marks if mark in seen.text and mark not in url]
            assert not told, f"{url}: {seen.text}"
            if "{" in path:
                assert seen.status_code == 404, f"{url}: {seen.text}"
            elif path not in NOT_ITS_OWN:
                _is_empty(seen, path)


async def _a_busy_day(desk: Desk) -> Mapping[str, str]:
    """A ticket, a parked record, an article; their ids by `service path` or parameter's name."""
    written = mail(desk.tenant, f"{SECRET}@customer.example", SECRET)
    raw = await desk.send(written)
    lost = from_nowhere(chat(desk.tenant, "lost", 1, SECRET))
    await desk.topics.send("support.inbound.chat.v1", [lost])
    ticket = await desk.ticket(is_acknowledged)
    session = await _a_chat(desk)
    calendar = {"zone": "UTC", "hours": {"mon": [["09:00", "17:00"]]}}
    await desk.do("sla", "PUT", "/v1/calendars/office", calendar)
    await desk.kpi("ticket-volume", lambda total: total["count"] == 2)
    parked = await eventually(lambda: desk.get("ingest", "/v1/parked"), lambda f: f["items"])
    articles = await desk.get("kb", "/v1/articles")
    [customer] = (await desk.get("ingest", "/v1/customers", q=SECRET))["items"]
    deliveries = await desk.get("ingest", "/v1/deliveries")
    return {
        "slug": desk.tenant,
        "number": str(ticket["number"]),
        "parked_id": parked["items"][-1]["id"],
        "sha256": hashlib.sha256(written).hexdigest(),
        "request_id": deliveries["items"][-1]["request_id"],
        "ingest /v1/messages/{id}": raw,
        "ingest /v1/messages/{id}/raw": raw,
        "ingest /v1/conversations/{id}/messages": ticket["conversation_ids"][0],
        "ingest /v1/customers/{id}": customer["id"],
        "ingest /v1/customers/{id}/conversations": customer["id"],
        "ingest /v1/channels/{id}": "mail",
        "ingest /v1/channels/{id}/refused-mails": "mail",
        "ingest /v1/chats/{id}": session,
        "router /v1/agents/{id}": ticket["assignee"],
        "router /v1/tickets/{id}": ticket["id"],
        "sla /v1/tickets/{id}/clocks": ticket["id"],
        "sla /v1/tickets/{id}/explain": ticket["id"],
        "sla /v1/calendars/{id}": "office",
        "sla /v1/calendars/{id}/versions": "office",
        "sla /v1/calendars/{id}/hours": "office",
        "kb /v1/articles/{id}": articles["items"][0]["id"],
    }


async def _a_chat(desk: Desk) -> str:
    """The id of a chat session in which something was said."""
    port = int(desk.suite.addresses["ingest"].rpartition(":")[2])
    visitor = await Visitor.come(port, tenant=desk.tenant, account="website")
    await visitor.say("1", SECRET)
    await visitor.close()
    return str(visitor.session)


class _Ids(dict[str, str]):
    """The parameters of one path; fails for an endpoint that this test has not been told of."""

    def __init__(self, service: str, path: str, ids: Mapping[str, str]) -> None:
        super().__init__(ids)
        if found := ids.get(f"{service} {path}"):
            self["id"] = found


async def _paths(desk: Desk, address: str) -> list[str]:
    described = (await desk.client.get(f"{address}/openapi.json")).json()
    closed = [path for path in described["paths"] if not path.startswith(UNTOKENED)]
    return [path for path in closed if path not in OPEN and "get" in described["paths"][path]]


async def _get(desk: Desk, url: str, path: str, headers: Mapping[str, str]) -> httpx.Response:
    if path == STREAM and headers:
        return await _beginning(desk, url, headers)
    return await desk.client.get(url, headers=headers, params=QUERIES.get(path))


async def _beginning(desk: Desk, url: str, headers: Mapping[str, str]) -> httpx.Response:
    """What an event stream says in the first second and a half, from its first event on."""
    said = b""
    asked = {**headers, "Last-Event-ID": "0"}
    async with desk.client.stream("GET", url, headers=asked) as answer:
        try:
            async with asyncio.timeout(1.5):
                async for part in answer.aiter_raw():
                    said += part
        except TimeoutError:
            return httpx.Response(answer.status_code, content=said)
    raise AssertionError("the event stream ended by itself")


def _is_empty(seen: httpx.Response, path: str) -> None:
    assert seen.status_code == 200, f"{path}: {seen.text}"
    if path == STREAM:
        assert "event:" not in seen.text
    elif path == "/v1/kpis":
        assert seen.json()["total"]["count"] == 0
    else:
        body: Any = seen.json()
        assert body["items"] == [], f"{path}: {seen.text}"
