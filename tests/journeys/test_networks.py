"""Messaging networks: a provider's webhook, an agent's answer by its API, and what became of it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import JSONResponse

from tests.ingest import fake_providers, payloads
from tests.ingest.fake_providers import Providers
from tests.ingest.networks import KEY, signature
from tests.journeys.desk import Desk, Json, entries, eventually

pytestmark = pytest.mark.journey

SECRETS = {"whatsapp": ("app-secret", "verify-token", "access-token"),
           "telegram": ("secret-token", "bot-token")}  # fmt: skip
SETTINGS = {"whatsapp": {"phone_number_id": "5550001"}, "telegram": {}}


@pytest.fixture
async def providers(desk: Desk) -> AsyncIterator[Providers]:
    """Their APIs; the company has a number at WhatsApp, and a bot at Telegram before that."""
    takes = [{"channel": "email"}, {"channel": "chat"}, {"channel": "social"}]
    await desk.do("router", "PUT", "/v1/teams/support", {"name": "Support", "takes": takes})
    folder = Path(desk.suite.environment("ingest")["INGEST_SECRETS_FOLDER"]) / desk.tenant
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "key").write_text(KEY)
    async with fake_providers.at_work() as providers:
        for kind in ("telegram", "whatsapp"):
            account = {
                "kind": kind, "name": kind.title(),
                "settings": {**SETTINGS[kind], "api_base": providers.url},
                "secrets": dict.fromkeys(SECRETS[kind], f"file:{desk.tenant}/key"),
            }  # fmt: skip
            await desk.do("ingest", "PUT", f"/v1/channels/{kind}", account)
        yield providers


async def hook(desk: Desk, kind: str, body: Json, **changed: str) -> httpx.Response:
    """The provider calls our webhook. changed: headers that differ from the right signature."""
    raw = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **signature(kind, raw), **changed}
    url = f"{desk.suite.addresses['ingest']}/v1/webhooks/{desk.tenant}/{kind}"
    return await desk.client.post(url, content=raw, headers=headers)


async def delivery_of(desk: Desk, ticket: Json) -> Json:
    """The first delivery of the ticket's conversation."""
    [conversation] = ticket["conversation_ids"]
    found = (await desk.get("ingest", "/v1/deliveries"))["items"]
    return next(one for one in found if one["conversation_id"] == conversation)


async def test_a_whatsapp_message_is_a_ticket_and_its_answer_is_seen_to_be_read(
    desk: Desk, providers: Providers
) -> None:
    written = payloads.whatsapp(payloads.whatsapp_message())
    forged = await hook(desk, "whatsapp", written, **{"X-Hub-Signature-256": "sha256=00"})
    assert forged.status_code == 401
    for _ in range(2):
        answer = await hook(desk, "whatsapp", written)
        assert answer.json() == {"posts": 1, "statuses": 0, "ignored": 0}, answer.text

    ticket = await desk.ticket(lambda t: t["assignee"])
    assert (ticket["channel"], ticket["message_count"]) == ("social", 1)
    assert ticket["customer"] == {"name": "Ada", "address": "+4712345678"}
    assert entries(ticket, "message")[0]["text"] == payloads.TEXTS["whatsapp"]
    await desk.act(ticket, "reply", {"text": "It is on its way."})
    await desk.ticket(lambda t: [e["delivery"] for e in entries(t, "reply")] == ["sent"])
    assert providers.taken == [("whatsapp", "+4712345678", "It is on its way.")]

    seen = {"id": "wamid.1", "status": "read", "timestamp": "1772443900"}
    assert (await hook(desk, "whatsapp", payloads.whatsapp(statuses=[seen]))).is_success
    shown = await eventually(lambda: delivery_of(desk, ticket), lambda one: one["read_at"])
    assert (shown["state"], shown["read_at"]) == ("sent", "2026-03-02T09:31:40Z")
    announced = await eventually(
        lambda: desk.topics.read("support.deliveries.v1", desk.tenant), lambda all: len(all) == 2
    )
    types = [event.type.split(".")[2] for event in announced]
    assert types == ["sent", "read"]
    assert {event.data["request_id"] for event in announced} == {shown["request_id"]}
    assert len(await desk.tickets()) == 1
    for service in ("ingest", "router"):
        assert await desk.parked(service) == []


async def test_a_refused_answer_shows_the_agent_the_networks_reason(
    desk: Desk, providers: Providers
) -> None:
    await hook(desk, "whatsapp", payloads.whatsapp(payloads.whatsapp_message()))
    ticket = await desk.ticket(lambda t: t["assignee"])
    closed = {"error": {"code": 131047, "message": "Re-engagement message"}}
    providers.plan.append(JSONResponse(closed, 400))
    await desk.act(ticket, "reply", {"text": "Too late?"})
    ticket = await desk.ticket(lambda t: [e["delivery"] for e in entries(t, "reply")] == ["failed"])
    [reply] = entries(ticket, "reply")
    assert "24-hour window is closed" in reply["delivery_reason"]


async def test_whom_an_agent_writes_to_first_is_written_to_on_the_network_they_are_known_on(
    desk: Desk, providers: Providers
) -> None:
    await hook(desk, "whatsapp", payloads.whatsapp(payloads.whatsapp_message()))
    ticket = await desk.ticket(lambda t: t["assignee"])
    agent = desk.suite.token(desk.tenant, ticket["assignee"], "agent", kind="agent")
    headers = {"Authorization": f"Bearer {agent}"}
    asked = {
        "subject": "Your parcel", "text": "It came back to us.", "channel": "social",
        "customer": {"name": "Ada", "address": "+4712345678"},
    }  # fmt: skip
    begun = await desk.do("router", "POST", "/v1/tickets", asked, headers)
    path = f"/v1/tickets/{begun['id']}"
    begun = await eventually(lambda: desk.get("router", path), lambda t: t["assignee"])
    await desk.act(begun, "reply", {"text": "Shall we send it again?"})
    begun = await eventually(
        lambda: desk.get("router", path), lambda t: entries(t, "reply")[0]["delivery"] == "sent"
    )
    assert providers.taken == [("whatsapp", "+4712345678", "Shall we send it again?")]
