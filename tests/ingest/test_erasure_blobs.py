"""Raw bytes and files: removed when nothing names them, a day after they were last put."""

import hashlib
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from services.ingest.blob_sweep import BlobSweep
from services.ingest.tables.customers import blob_removal
from services.ingest.usecases.expire_mails import expire_mails
from shared.storage import BlobStore, UnknownBlob
from shared.testing.access import Access
from tests.ingest.erasing import GRACE, MARK, erase_one, rows_with, sent, work_off
from tests.ingest.mailroom import Mailroom, letter, mail, mail_by_blob


async def test_blobs_go_a_day_later_unless_something_else_names_them(
    mailroom: Mailroom, blobs: BlobStore, now: datetime
) -> None:
    async def handed_in(sender: str) -> str:
        raw = letter(f"<1@{sender}>", "x" * 100_000, sender=f"a@{sender}")
        key = await blobs.put("ingest", "demo", raw)
        await mailroom.mails(mail_by_blob(raw, key))
        return key

    mine, theirs = await handed_in("example.com"), await handed_in("b.example")
    one = (await sent(mailroom))[0]
    await erase_one(mailroom.unit, one.customer_id)
    await work_off(mailroom.unit, now + GRACE * 2)
    async with mailroom.unit.database.reading() as session:
        queued = set(await session.scalars(select(blob_removal.c.key)))
    assert mine in queued
    assert theirs not in queued
    sweep = BlobSweep(mailroom.unit, blobs)
    await sweep.sweep(now + timedelta(hours=23))
    assert await blobs.get(mine)
    await sweep.sweep(now + timedelta(hours=26))
    with pytest.raises(UnknownBlob):
        await blobs.get(mine)
    assert await blobs.get(theirs)


async def test_bytes_go_when_retention_ends_and_the_message_stays(
    mailroom: Mailroom, client: httpx.AsyncClient, access: Access, now: datetime
) -> None:
    raw = letter()
    await mailroom.mails(mail(raw))
    path = f"/v1/raw/{hashlib.sha256(raw).hexdigest()}"
    reader = access.service("demo", "messages:read")
    assert (await client.get(path, headers=reader)).content == raw
    async with mailroom.unit.begin() as (session, _outbox, _now):
        assert await expire_mails(session, now, 10, keep=timedelta(days=1)) == 1
    assert (await client.get(path, headers=reader)).status_code == 404
    stranger = access.service("other", "messages:read")
    assert (await client.get(path, headers=stranger)).status_code == 404
    await mailroom.mails(mail(raw))
    assert len(await sent(mailroom)) == 1


async def test_an_announcement_whose_blob_was_erased_is_passed_over(
    mailroom: Mailroom, blobs: BlobStore, now: datetime
) -> None:
    raw = letter("<1@example.com>", MARK + "x" * 100_000, sender=f"{MARK}@example.com")
    event = mail_by_blob(raw, await blobs.put("ingest", "demo", raw))
    await mailroom.mails(event)
    await erase_one(mailroom.unit, (await sent(mailroom))[0].customer_id)
    await work_off(mailroom.unit, now + GRACE * 2)
    await BlobSweep(mailroom.unit, blobs).sweep(now + timedelta(hours=26))
    await mailroom.mails(event)
    assert mailroom.refused == {}
    assert await rows_with(mailroom.unit, MARK) == []


async def test_bytes_that_are_handed_in_again_do_not_stay_in_the_blob_store(
    mailroom: Mailroom, client: httpx.AsyncClient, blobs: BlobStore, now: datetime, access: Access
) -> None:
    raw = letter("<1@example.com>", MARK + "x" * 100_000, sender=f"{MARK}@example.com")
    headers = access.service("demo", "messages:write") | {"Content-Type": "message/rfc822"}
    first = await client.post("/v1/email/messages", content=raw, headers=headers)
    key = f"ingest/demo/{hashlib.sha256(raw).hexdigest()}"
    await mailroom.mails(mail_by_blob(raw, key))
    await erase_one(mailroom.unit, (await sent(mailroom))[0].customer_id)
    await work_off(mailroom.unit, now + GRACE * 2)
    sweep = BlobSweep(mailroom.unit, blobs)
    await sweep.sweep(now + timedelta(hours=26))
    again = await client.post("/v1/email/messages", content=raw, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())
    assert await blobs.get(key)
    await sweep.sweep(now + timedelta(hours=26))
    with pytest.raises(UnknownBlob):
        await blobs.get(key)
