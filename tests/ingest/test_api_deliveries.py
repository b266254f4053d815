"""The queue of deliveries over HTTP, with a real database."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from deploy.local.mail_sink import MailSink
from services.ingest import tables
from services.ingest.queue_watch import QueueWatch
from services.ingest.usecases.deliver import lease
from shared.contracts.deliveries import DeliveryFailed, DeliverySent
from shared.messaging import new_id
from shared.testing.access import Access
from tests.ingest.dispatch import conversation_of, sender, settled
from tests.ingest.mailroom import Mailroom, asked, letter, to


@pytest.fixture
def reading(access: Access) -> dict[str, str]:
    """A token that reads demo's deliveries."""
    return access.service("demo", "deliveries:read")


@pytest.fixture
def operator(access: Access) -> dict[str, str]:
    """An operator's token of demo."""
    return access.service("demo", "operations:write")


async def test_deliveries_are_listed_latest_first_by_state_and_account(
    client: httpx.AsyncClient, mailroom: Mailroom, reading: dict[str, str]
) -> None:
    conversation = await conversation_of(mailroom)
    requests = [asked(conversation, f"Answer {n}") for n in range(3)]
    await mailroom.outgoing(*requests, asked(new_id()))
    first = await client.get("/v1/deliveries?state=queued&account=mail&limit=2", headers=reading)
    assert first.status_code == 200
    page = first.json()
    ids = [row["request_id"] for row in page["items"]]
    assert ids == [str(requests[2].data.request_id), str(requests[1].data.request_id)]
    cursor = {"state": "queued", "account": "mail", "cursor": page["next"]}
    rest = (await client.get("/v1/deliveries", params=cursor, headers=reading)).json()
    assert [row["request_id"] for row in rest["items"]] == [str(requests[0].data.request_id)]
    failed = (await client.get("/v1/deliveries?state=failed", headers=reading)).json()
    assert ["no such conversation" in row["reason"] for row in failed["items"]] == [True]


async def test_another_tenants_delivery_is_not_found(
    client: httpx.AsyncClient, mailroom: Mailroom, access: Access, reading: dict[str, str]
) -> None:
    request = asked(await conversation_of(mailroom))
    await mailroom.outgoing(request)
    path = f"/v1/deliveries/{request.data.request_id}"
    shown = await client.get(path, headers=reading)
    assert (shown.json()["state"], shown.json()["recipient"]) == ("queued", "ana@example.com")
    foreign = access.service("other", "deliveries:read", "operations:write")
    assert (await client.get(path, headers=foreign)).status_code == 404
    assert (await _post(client, f"{path}/cancel", foreign)).status_code == 404
    assert (await _post(client, f"{path}/resend", foreign)).status_code == 404
    assert (await client.get(path, headers=access.service("demo"))).status_code == 403


async def test_what_failed_is_sent_again_under_the_same_message_id_and_announced_anew(
    client: httpx.AsyncClient,
    mailroom: Mailroom,
    mail_sink: MailSink,
    operator: dict[str, str],
) -> None:
    customer = f"{uuid4().hex[:8]}@550.test"
    conversation = await conversation_of(mailroom, letter(sender=customer))
    request = asked(conversation)
    await mailroom.outgoing(request)
    path = f"/v1/deliveries/{request.data.request_id}/resend"
    assert (await _post(client, path, operator)).status_code == 409
    async with sender(mailroom, mail_sink.port):
        await settled(mailroom, 1)
        key = str(uuid4())
        again = await _post(client, path, operator, key)
        assert (again.status_code, again.json()["state"]) == (200, "queued")
        assert (await _post(client, path, operator, key)).json() == again.json()
        first, second = await settled(mailroom, 2)
    assert (first.type, second.type) == (DeliveryFailed.TYPE, DeliveryFailed.TYPE)
    assert first.id != second.id
    assert first.data.message_id_header == second.data.message_id_header
    [row] = await mailroom.rows(tables.delivery)
    assert (row.state, row.attempts) == ("failed", 1)


async def test_what_was_never_a_message_cannot_be_sent_again(
    client: httpx.AsyncClient, mailroom: Mailroom, operator: dict[str, str]
) -> None:
    request = asked(new_id(), recipient=to("ana@example.com"), channel="social")
    await mailroom.outgoing(request)
    answer = await _post(client, f"/v1/deliveries/{request.data.request_id}/resend", operator)
    assert answer.status_code == 409


async def test_a_queued_delivery_is_cancelled_once_and_the_next_one_goes(
    client: httpx.AsyncClient,
    mailroom: Mailroom,
    mail_sink: MailSink,
    operator: dict[str, str],
) -> None:
    customer = f"c-{uuid4().hex[:8]}@example.com"
    conversation = await conversation_of(mailroom, letter(sender=customer))
    first, second = asked(conversation, "No"), asked(conversation, "Yes")
    await mailroom.outgoing(first, second)
    path = f"/v1/deliveries/{first.data.request_id}/cancel"
    cancelled = await _post(client, path, operator)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "failed")
    assert (await _post(client, path, operator)).status_code == 409
    async with sender(mailroom, mail_sink.port):
        [sent] = await mail_sink.wait_for(customer)
        failed, done = await settled(mailroom, 2)
    assert sent.message.get_content().strip() == "Yes"
    assert (failed.type, done.type) == (DeliveryFailed.TYPE, DeliverySent.TYPE)
    assert failed.data.reason.startswith("cancelled by ")


async def test_what_is_being_sent_cannot_be_cancelled(
    client: httpx.AsyncClient, mailroom: Mailroom, operator: dict[str, str]
) -> None:
    request = asked(await conversation_of(mailroom))
    await mailroom.outgoing(request)
    async with mailroom.unit.begin() as (session, _outbox, now):
        assert len(await lease(session, uuid4(), now, timedelta(minutes=1), 1)) == 1
    answer = await _post(client, f"/v1/deliveries/{request.data.request_id}/cancel", operator)
    assert answer.status_code == 409


async def test_the_length_and_the_age_of_the_queue_are_metrics(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    await mailroom.outgoing(asked(await conversation_of(mailroom)))
    await QueueWatch(mailroom.unit.database).look()
    shown = (await client.get("/metrics")).text
    assert 'support_ingest_deliveries_queued{account="mail",tenant="demo"} 1.0' in shown
    assert "support_ingest_deliveries_oldest_seconds" in shown


async def _post(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], key: str | None = None
) -> httpx.Response:
    given = headers | {"Idempotency-Key": key or str(uuid4())}
    return await client.post(path, headers=given)
