"""Webhooks over HTTP: who is believed, what is taken, what becomes of it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from services.ingest.api import webhooks
from services.ingest.pressure import Pressure
from services.ingest.settings import IngestSettings
from shared.contracts.inbound_social import InboundSocialPosted
from shared.service import Service
from tests.ingest import networks
from tests.ingest.conversing import Switchboard
from tests.ingest.mailroom import Mailroom
from tests.ingest.networks import open_networks, path, send, signature
from tests.ingest.payloads import BODIES, TEXTS


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in networks.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def settings(settings: IngestSettings) -> IngestSettings:
    """Providers call this service by another address than it has."""
    return settings.model_copy(update={"public_url": networks.PUBLIC})


@pytest.fixture
async def board(mailroom: Mailroom, settings: IngestSettings) -> Switchboard:
    """Accounts at all networks, and the consumer of posts."""
    await open_networks(mailroom.unit)
    return Switchboard(mailroom, settings)


async def test_what_a_person_wrote_on_any_network_becomes_a_message(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    for kind in networks.KINDS:
        answer = await send(client, kind, BODIES[kind])
        assert answer.status_code == 200, answer.text
    await board.consume()
    messages = {message.account: message for message in await board.received()}
    assert {kind: message.text for kind, message in messages.items()} == TEXTS
    for message in messages.values():
        assert message.channel == "social"
        assert message.network
        assert message.direction == "inbound"
        assert message.sender.address


async def test_a_webhook_that_comes_again_says_nothing_new(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    for kind in (*networks.KINDS, *networks.KINDS):
        assert (await send(client, kind, BODIES[kind])).status_code == 200
    assert len({event.id for event in await board.posted()}) == len(networks.KINDS)
    await board.consume()
    for kind in networks.KINDS:
        assert (await send(client, kind, BODIES[kind])).status_code == 200
    await board.consume()
    assert len(await board.received()) == len(networks.KINDS)


async def test_nobody_is_believed_without_the_right_signature(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    for kind in networks.KINDS:
        raw = json.dumps(BODIES[kind]).encode()
        right = signature(kind, raw, BODIES[kind])
        wrong = {name: value[:-3] + ("AA=" if value[-3:] != "AA=" else "BB=")
                 for name, value in right.items()}  # fmt: skip
        for headers in ({}, wrong, dict.fromkeys(right, ""), dict.fromkeys(right, "é")):
            answer = await send(client, kind, BODIES[kind], headers=headers)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert "secret" not in answer.text
    assert await board.posted() == []


async def test_an_account_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    for tenant in ("demo", "other", "nobody", "demo%00"):
        for account in ("nothing", "mail", "web", "x%00", "é"):
            answer = await client.post(f"/v1/webhooks/{tenant}/{account}", content=b"{}")
            assert answer.status_code == 404
            assert (await client.get(f"/v1/webhooks/{tenant}/{account}")).status_code == 404


async def test_another_tenants_account_of_the_same_name_is_another_one(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    raw = json.dumps(BODIES["line"]).encode()
    answer = await client.post(path("line", "other"), content=raw, headers=signature("line", raw))
    assert answer.status_code == 404


MALFORMED = (
    b"", b"{", b"[]", b"null", b"[" * 100_000, b'"\\ud800"', b"\xff\xfe", b'{"events": 1}',
    b'{"object": []}', b'{"messages": {}}', b'{"messages": [{}]}',
)  # fmt: skip


async def test_a_body_that_the_network_does_not_send_is_refused(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    for kind in networks.KINDS:
        for raw in () if kind.startswith("twilio") else MALFORMED:
            answer = await send(client, kind, raw)
            assert answer.status_code == 422, (kind, raw)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_a_form_without_a_message_is_refused(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    for form in ({}, {"From": "+1"}, {f"f{n}": "1" for n in range(501)}):
        answer = await send(client, "twilio-sms", form)
        # More fields than Twilio sends are no form at all, so nobody can have signed them.
        assert answer.status_code == (401 if len(form) > 500 else 422)


async def test_a_body_or_a_batch_that_is_too_large_is_refused(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    assert (await send(client, "line", b" " * (1024 * 1024 + 1))).status_code == 413
    statuses = [{"id": f"s{n}", "status": "read"} for n in range(1001)]
    assert (await send(client, "webhook", {"statuses": statuses})).status_code == 422
    assert (await send(client, "webhook", {"statuses": statuses[:1000]})).status_code == 200


async def test_metas_networks_are_greeted_with_their_challenge(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    for kind in ("whatsapp", "messenger", "instagram"):
        asked = {"hub.mode": "subscribe", "hub.challenge": "112233", "hub.verify_token": "no"}
        assert (await client.get(path(kind), params=asked)).status_code == 401
        asked["hub.verify_token"] = networks.KEY
        answer = await client.get(path(kind), params=asked)
        assert (answer.status_code, answer.text) == (200, "112233")
        assert answer.headers["content-type"].startswith("text/plain")
        assert (await client.get(path(kind), params=asked | {"hub.mode": "x"})).status_code == 401


async def test_x_is_told_what_only_we_can_know(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    answer = await client.get(path("x"), params={"crc_token": "a-token"})
    token = signature("x", b"a-token")["x-twitter-webhooks-signature"]
    assert answer.json() == {"response_token": token}
    assert (await client.get(path("x"))).status_code == 401


async def test_networks_that_ask_nothing_get_no_answer_to_a_get(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    for kind in ("telegram", "line", "twilio-sms", "webhook"):
        assert (await client.get(path(kind))).status_code == 405


async def test_a_standard_webhook_is_good_for_five_minutes(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    raw = json.dumps(BODIES["webhook"]).encode()
    now = int(signature("webhook", raw)["webhook-timestamp"])
    for seconds, status in ((-310, 401), (-280, 200), (280, 200), (310, 401)):
        signed = signature("webhook", raw, at=now + seconds)
        answer = await send(client, "webhook", raw, headers=signed)
        assert answer.status_code == status
    several = signature("webhook", raw)
    several["webhook-signature"] = f"v1a,old v1,AAAA {several['webhook-signature']}"
    assert (await send(client, "webhook", raw, headers=several)).status_code == 200


async def test_a_secret_that_is_missing_is_no_reason_to_lose_a_webhook(
    client: httpx.AsyncClient, board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INGEST_SECRET_DEMO__KEY")
    answer = await send(client, "line", BODIES["line"])
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "INGEST_SECRET" not in answer.text


async def test_under_pressure_providers_are_told_to_come_again(
    service: Service, board: Switchboard, settings: IngestSettings
) -> None:
    pressure = Pressure(service.database, settings)
    pressure.shortage = "outbox"
    app = FastAPI()
    routes = APIRouter()
    webhooks.add_routes(routes, service.unit, pressure, settings)
    app.include_router(routes)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test"
    ) as client:
        answer = await client.post("/webhooks/demo/line", content=b"{}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"


async def test_a_batch_that_says_the_same_twice_says_it_once(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    [event] = BODIES["line"]["events"]
    await send(client, "line", {"events": [event, event]})
    assert len(await board.posted()) == 1


async def test_an_account_made_over_http_takes_webhooks(
    client: httpx.AsyncClient, board: Switchboard, owner: dict[str, str]
) -> None:
    wanted: dict[str, Any] = {
        "kind": "whatsapp", "name": "Larkspur", "address": "+15550002222",
        "secrets": {"app-secret": "env:INGEST_SECRET_DEMO__KEY"},
    }  # fmt: skip
    for settings in (
        {"phone_number_id": "1", "unknown": 1}, {"phone_number_id": "a b"},
        {"phone_number_id": "1", "api_base": "ftp://x"},
        {"phone_number_id": "1", "media_hosts": ["a/b"]},
    ):  # fmt: skip
        refused = await client.put(
            "/v1/channels/wa-2", json=wanted | {"settings": settings}, headers=owner
        )
        assert refused.status_code == 422
    wanted["settings"] = {"phone_number_id": "1", "api_base": "https://graph.example/v1/"}
    made = await client.put("/v1/channels/wa-2", json=wanted, headers=owner)
    assert made.is_success, made.text
    raw = json.dumps(BODIES["whatsapp"]).encode()
    answer = await client.post(path("wa-2"), content=raw, headers=signature("whatsapp", raw))
    assert answer.json() == {"posts": 1, "statuses": 0, "ignored": 0}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
async def test_the_example_of_the_generic_webhook_is_right(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    page = (Path(webhooks.__file__).parents[1] / "docs" / "social.md").read_text()
    [example] = [
        part for part in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if "BODY=" in part
    ]
    script = example.partition("curl")[0] + 'printf "%s\\n" "$BODY" "$ID" "$STAMP" "$SIGNATURE"'
    told = subprocess.run(
        ["bash", "-c", script], env={"SECRET": networks.STANDARD_KEY, "PATH": os.environ["PATH"]},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    body, id, stamp, value = told.stdout.splitlines()
    signed = {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{value}"}
    answer = await send(client, "webhook", body.encode(), headers=signed)
    assert answer.json() == {"posts": 1, "statuses": 0, "ignored": 0}


async def test_what_nobody_needs_is_counted_by_its_name(
    client: httpx.AsyncClient, board: Switchboard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "services.ingest.api.webhooks")
    events: list[Any] = [{"type": "follow"}, {"type": "unsend"}, {"type": "follow"}]
    answer = await send(client, "line", {"events": events})
    assert answer.json() == {"posts": 0, "statuses": 0, "ignored": 3}
    [record] = [one for one in caplog.records if one.message == "webhook taken"]
    assert record.__dict__["ignored"] == {"follow": 2, "unsend": 1}


async def test_posts_are_announced_as_any_adapter_would(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    await send(client, "line", BODIES["line"])
    [event] = await board.posted()
    assert (event.tenant, event.source) == ("demo", "/channels/line")
    posted: InboundSocialPosted = event.data
    assert event.partitionkey == posted.thread_id
    assert posted.network == "line"
