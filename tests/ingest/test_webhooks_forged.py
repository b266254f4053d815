"""Webhooks that nobody but the provider can sign, whatever we are made to answer."""

import json

import httpx
import pytest

from services.ingest.settings import IngestSettings
from tests.ingest import networks
from tests.ingest.conversing import Switchboard
from tests.ingest.mailroom import Mailroom
from tests.ingest.networks import open_networks, path, send
from tests.ingest.payloads import BODIES


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in networks.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def board(mailroom: Mailroom, settings: IngestSettings) -> Switchboard:
    await open_networks(mailroom.unit)
    return Switchboard(mailroom, settings)


async def test_the_answer_to_a_challenge_of_x_signs_no_webhook(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    body = '{"for_user_id":"1","direct_message_events":[]}'
    for raw in (body, body.replace('"', "\\u0022"), json.dumps(BODIES["x"]), f" {body}", "[]"):
        asked = await client.get(path("x"), params={"crc_token": raw})
        assert asked.status_code == 401
        assert asked.headers["content-type"] == "application/problem+json"
        told = asked.json().get("response_token", "")
        headers = {"x-twitter-webhooks-signature": told}
        assert (await send(client, "x", raw.encode(), headers=headers)).status_code == 401
    assert await board.posted() == []


async def test_what_a_challenge_of_x_can_sign_says_nothing(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    for raw in ("null", "true", "123", "a-token", "QUJD+/_-="):
        asked = await client.get(path("x"), params={"crc_token": raw})
        headers = {"x-twitter-webhooks-signature": asked.json()["response_token"]}
        assert (await send(client, "x", raw.encode(), headers=headers)).status_code == 422
    for raw in ("a" * 201, "a b", "é", "a\n"):
        asked = await client.get(path("x"), params={"crc_token": raw})
        assert asked.status_code == 401
    assert await board.posted() == []
