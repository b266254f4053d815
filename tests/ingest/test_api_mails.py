"""Mails handed in over HTTP, good and bad, one by one and under pressure."""

import asyncio
import hashlib
from typing import Any

import httpx
import pytest

from services.ingest import tables
from services.ingest.app import build
from services.ingest.pressure import Pressure
from services.ingest.settings import IngestSettings
from shared.contracts.inbound import InboundEmailReceived
from shared.service import Service, create_app
from shared.testing.access import Access
from tests.ingest.mailroom import Mailroom, letter

RFC822 = {"Content-Type": "message/rfc822"}


async def test_a_mail_is_accepted_stored_read_and_found_under_both_ids(
    client: httpx.AsyncClient, writer: dict[str, str], reader: dict[str, str], mailroom: Mailroom
) -> None:
    raw = letter(text="Grüße aus Kyōto 京都")
    answer = await client.post("/v1/email/messages", content=raw, headers=writer | RFC822)
    assert answer.status_code == 202
    accepted = answer.json()
    assert accepted["status"] == "accepted"
    assert answer.headers["location"] == f"/v1/messages/{accepted['id']}"

    before = (await client.get(answer.headers["location"], headers=reader)).json()
    assert (before["state"], before["message"]) == ("received", None)
    assert before["raw"]["sha256"] == hashlib.sha256(raw).hexdigest()

    await mailroom.mails(*await mailroom.relayed())
    after = (await client.get(answer.headers["location"], headers=reader)).json()
    assert after["state"] == "parsed"
    assert after["message"]["text"] == "Grüße aus Kyōto 京都"
    same = await client.get(f"/v1/messages/{after['message']['id']}", headers=reader)
    assert same.json() == after
    for id in (accepted["id"], after["message"]["id"]):
        bytes_again = await client.get(f"/v1/messages/{id}/raw", headers=reader)
        assert bytes_again.content == raw
        assert bytes_again.headers["content-type"] == "message/rfc822"
        assert bytes_again.headers["x-content-type-options"] == "nosniff"


async def test_a_mail_over_64_kib_lies_in_the_blob_store_and_comes_back_whole(
    client: httpx.AsyncClient, writer: dict[str, str], reader: dict[str, str], mailroom: Mailroom
) -> None:
    raw = letter(text="long\r\n" * 40_000)
    answer = await client.post("/v1/email/messages", content=raw, headers=writer | RFC822)
    assert answer.status_code == 202
    [row] = await mailroom.rows(tables.raw_mail)
    assert (row.body, row.blob_key) == (None, f"ingest/demo/{hashlib.sha256(raw).hexdigest()}")
    [announced] = await mailroom.announced(InboundEmailReceived)
    assert (announced.data.raw, announced.data.blob.key) == (None, row.blob_key)
    found = await client.get(f"{answer.headers['location']}/raw", headers=reader)
    assert found.content == raw


async def test_the_same_mail_again_and_at_once_gets_the_same_id(
    client: httpx.AsyncClient, writer: dict[str, str], mailroom: Mailroom
) -> None:
    answers = await asyncio.gather(
        *[
            client.post("/v1/email/messages", content=letter(), headers=writer | RFC822)
            for _ in range(20)
        ]
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await mailroom.announced()) == 1


async def test_an_idempotency_key_gives_the_first_answer_again_and_no_other_mail(
    client: httpx.AsyncClient, writer: dict[str, str], mailroom: Mailroom
) -> None:
    keyed = writer | RFC822 | {"Idempotency-Key": "mail-7"}
    first = await client.post("/v1/email/messages", content=letter(), headers=keyed)
    again = await client.post("/v1/email/messages", content=letter(), headers=keyed)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    another = await client.post("/v1/email/messages", content=letter("<2@x>"), headers=keyed)
    assert another.status_code == 422
    assert len(await mailroom.rows(tables.raw_mail)) == 1


async def test_a_mail_goes_to_the_account_that_is_named_or_to_the_oldest(
    client: httpx.AsyncClient, writer: dict[str, str], owner: dict[str, str], mailroom: Mailroom
) -> None:
    body = {"kind": "email", "name": "Billing", "address": "billing@demo.example"}
    assert (await client.put("/v1/channels/billing", json=body, headers=owner)).is_success
    for query, raw in (("", letter("<1@x>")), ("?channel=billing", letter("<2@x>"))):
        url = f"/v1/email/messages{query}"
        assert (await client.post(url, content=raw, headers=writer | RFC822)).is_success
    rows = {row.body: row.account for row in await mailroom.rows(tables.raw_mail)}
    assert rows == {letter("<1@x>"): "mail", letter("<2@x>"): "billing"}


@pytest.mark.parametrize(
    ("sent", "headers", "query", "status"),
    [
        (b"", RFC822, "", 422),
        (letter(), {"Content-Type": "application/json"}, "", 415),
        (letter(), {}, "", 415),
        (letter(), RFC822, "?channel=web", 404),
        (letter(), RFC822, "?channel=of-nobody", 404),
        (letter(), RFC822, "?channel=%00", 404),
        (letter(), RFC822 | {"Idempotency-Key": "two words"}, "", 422),
        (letter(), RFC822 | {"Idempotency-Key": "k", "If-Match": "no etag"}, "", 422),
        (b"", RFC822 | {"Idempotency-Key": "k"}, "", 422),
    ],
)
async def test_a_mail_that_cannot_be_taken_gets_a_clear_answer(
    client: httpx.AsyncClient,
    writer: dict[str, str],
    mailroom: Mailroom,
    sent: bytes,
    headers: dict[str, str],
    query: str,
    status: int,
) -> None:
    url = f"/v1/email/messages{query}"
    answer = await client.post(url, content=sent, headers=writer | headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert await mailroom.rows(tables.raw_mail) == []


async def test_a_mail_of_30_mb_is_refused_and_one_of_20_is_not(
    client: httpx.AsyncClient, writer: dict[str, str], mailroom: Mailroom
) -> None:
    big = b"Subject: big\r\n\r\n" + b"x" * (30 * 1024 * 1024)
    answer = await client.post("/v1/email/messages", content=big, headers=writer | RFC822)
    assert (answer.status_code, answer.json()["limit"]) == (413, 25 * 1024 * 1024)
    fits = big[: 20 * 1024 * 1024]
    answer = await client.post("/v1/email/messages", content=fits, headers=writer | RFC822)
    assert answer.status_code == 202
    assert [row.size for row in await mailroom.rows(tables.raw_mail)] == [len(fits)]


async def test_a_tenant_without_a_mailbox_is_told_to_make_one(
    client: httpx.AsyncClient, access: Access
) -> None:
    headers = access.service("empty", "messages:write") | RFC822
    answer = await client.post("/v1/email/messages", content=letter(), headers=headers)
    assert answer.status_code == 409
    assert "/v1/channels" in answer.json()["detail"]


async def test_under_pressure_mails_are_put_off_and_afterwards_taken(
    settings: IngestSettings, access: Access, mailroom: Mailroom
) -> None:
    made = build(settings.model_copy(update={"outbox_limit": 1}))
    await access.know(made.database, "demo")
    watch = made.listeners[0]
    headers = access.service("demo", "messages:write") | RFC822
    transport = httpx.ASGITransport(app=create_app(made))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for number in range(2):
            raw = letter(f"<{number}@x>")
            assert (
                await client.post("/v1/email/messages", content=raw, headers=headers)
            ).is_success
        await _look_once(watch)
        refused = await client.post("/v1/email/messages", content=letter("<3@x>"), headers=headers)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        await mailroom.relayed()
        await _look_once(watch)
        taken = await client.post("/v1/email/messages", content=letter("<3@x>"), headers=headers)
        assert taken.status_code == 202
    await made.database.dispose()


async def test_a_full_disk_and_a_silent_database_are_told_apart(
    service: Service, settings: IngestSettings
) -> None:
    full = Pressure(service.database, settings.model_copy(update={"free_disk": 2**60}))
    await full.look()
    assert full.shortage == "disk"
    silent = Pressure(service.database, settings.model_copy(update={"database_patience": 1e-9}))
    await silent.look()
    assert silent.shortage == "database"
    fine = Pressure(service.database, settings)
    await fine.look()
    assert fine.shortage is None


async def _look_once(watch: Any) -> None:
    stop = asyncio.Event()
    looking = asyncio.create_task(watch(stop))
    await asyncio.sleep(0.2)
    stop.set()
    await looking
