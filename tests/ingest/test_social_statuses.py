"""From what providers say of answers to what is known of deliveries."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.ingest.providers.carrier import ProviderCarrier
from services.ingest.providers.networks import NETWORKS
from services.ingest.sender import Sender
from services.ingest.settings import IngestSettings
from services.ingest.tables import conversation as conversations
from services.ingest.tables import delivery as deliveries
from services.ingest.tables import delivery_status
from shared.contracts.deliveries import DeliveryFailed, DeliveryRead, DeliverySent
from tests.ingest import networks, payloads
from tests.ingest.conversing import Switchboard
from tests.ingest.dispatch import QUICK, secrets_in, settled
from tests.ingest.fake_providers import Providers, at_work
from tests.ingest.mailroom import AT, Mailroom, asked
from tests.ingest.networks import open_networks, send
from tests.ingest.payloads import BODIES


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


async def said(client: httpx.AsyncClient, board: Switchboard, kind: str, *bodies: Any) -> None:
    for body in bodies:
        answer = await send(client, kind, body)
        assert answer.status_code == 200, answer.text
    await board.consume()


async def answered(board: Switchboard, providers: Providers, folder: Path, text: str) -> UUID:
    """An answer to the only conversation, sent; its request id."""
    [row] = await board.mailroom.rows(conversations)
    request = asked(row.id, text)
    await board.mailroom.outgoing(request)
    carrier = ProviderCarrier(secrets_in(folder), seconds=5)
    made = Sender(
        board.unit, dict.fromkeys(NETWORKS, carrier.carry), QUICK, at_once=16, lease_seconds=30,
        poll_seconds=0.02, at_end=[carrier.close],
    )  # fmt: skip
    stop = asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    try:
        await settled(board.mailroom, 1)
    finally:
        stop.set()
        await running
    return UUID(str(request.data.request_id))


async def test_an_answer_goes_out_and_what_becomes_of_it_comes_back(
    client: httpx.AsyncClient, mailroom: Mailroom, settings: IngestSettings, tmp_path: Path,
    reader: dict[str, str],
) -> None:  # fmt: skip
    async with at_work() as providers:
        await open_networks(mailroom.unit, api_base=providers.url)
        board = Switchboard(mailroom, settings)
        await said(client, board, "whatsapp", BODIES["whatsapp"])
        request = await answered(board, providers, tmp_path, "It is on its way.")
        assert providers.taken == [("whatsapp", "+4712345678", "It is on its way.")]
    [sent] = await mailroom.announced(DeliverySent)
    assert (sent.data.channel, sent.data.recipient) == ("social", "+4712345678")
    for status in ("sent", "delivered", "read", "read"):
        told = {"id": "wamid.1", "status": status, "timestamp": "1772443900"}
        body = payloads.whatsapp(statuses=[told])
        assert (await send(client, "whatsapp", body)).json()["statuses"] == 1
        assert await board.apply_statuses() == 1
    [read] = await mailroom.announced(DeliveryRead)
    assert (read.data.request_id, read.data.channel) == (request, "social")
    shown = await client.get(f"/v1/messages/{request}", headers=reader)
    assert shown.json()["message"]["delivery"]["read_at"] == "2026-03-02T09:31:40Z"
    [row] = await mailroom.rows(deliveries)
    assert row.delivered_at == row.read_at == read.data.at == AT.replace(minute=31, second=40)
    assert await mailroom.rows(delivery_status) == []


async def test_a_watermark_means_all_that_was_sent_before(
    client: httpx.AsyncClient, mailroom: Mailroom, settings: IngestSettings, tmp_path: Path
) -> None:
    async with at_work() as providers:
        await open_networks(mailroom.unit, api_base=providers.url)
        board = Switchboard(mailroom, settings)
        await said(client, board, "messenger", BODIES["messenger"])
        await answered(board, providers, tmp_path, "Yes, we do.")
    [row] = await mailroom.rows(deliveries)
    before = int((row.settled_at - timedelta(minutes=1)).timestamp() * 1000)
    after = int(row.settled_at.timestamp() * 1000) + 1
    for watermark, count in ((before, 0), (after, 1), (after + 1, 1)):
        seen = payloads.messaging(read={"watermark": watermark})
        await send(client, "messenger", payloads.messenger(seen))
        await board.apply_statuses()
        assert len(await mailroom.announced(DeliveryRead)) == count


async def test_what_failed_after_the_provider_took_it_has_failed(
    client: httpx.AsyncClient, mailroom: Mailroom, settings: IngestSettings, tmp_path: Path
) -> None:
    async with at_work() as providers:
        await open_networks(mailroom.unit, api_base=providers.url)
        board = Switchboard(mailroom, settings)
        await said(client, board, "twilio-sms", BODIES["twilio-sms"])
        await answered(board, providers, tmp_path, "Sorry for that.")
    told = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30005",
            "To": "+4712345678"}  # fmt: skip
    assert (await send(client, "twilio-sms", told)).status_code == 200
    await board.apply_statuses()
    [failed] = await mailroom.announced(DeliveryFailed)
    assert failed.data.reason == "30005"


async def test_a_status_that_comes_before_its_delivery_waits_and_another_ones_is_forgotten(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    body = payloads.whatsapp(statuses=[{"id": "wamid.nobody", "status": "read"}])
    for _ in range(2):
        await send(client, "whatsapp", body)
    assert len(await board.mailroom.rows(delivery_status)) == 1
    for _ in range(10):
        assert await board.apply_statuses() == 1
    assert len(await board.mailroom.rows(delivery_status)) == 1
    assert await board.apply_statuses() == 1
    assert await board.mailroom.rows(delivery_status) == []
    assert await board.mailroom.announced(DeliveryRead) == []
