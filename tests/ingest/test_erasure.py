"""Erasure: nothing that was said is left in any table, and none of it is taken in again."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from services.ingest.blob_sweep import BlobSweep
from services.ingest.tables.customers import blob_removal, erasure
from services.ingest.usecases.erase_customer import erase, forget_due
from services.ingest.usecases.expire_mails import expire_mails
from shared.contracts.customers import CustomerChanged, CustomerErased
from shared.contracts.messages import MessageReceived
from shared.messaging import UnitOfWork, command_cause
from shared.storage import BlobStore, UnknownBlob
from shared.testing.access import Access
from tests.ingest.mailroom import Mailroom, asked, chat, letter, mail, mail_by_blob

MARK = "xylophone"
GRACE = timedelta(seconds=60)


async def rows_with(unit: UnitOfWork, word: str) -> list[str]:
    """The names of all tables of the database that hold a word anywhere, in text or in bytes."""
    tables = text(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1"
    )
    found = []
    async with unit.database.reading() as session:
        for name in await session.scalars(tables):
            query = text(
                f"SELECT count(*) FROM {name} t WHERE strpos(lower(t::text), :word) > 0"
                " OR strpos(lower(t::text), :octets) > 0"
            )
            given = {"word": word.lower(), "octets": word.encode().hex()}
            if await session.scalar(query, given):
                found.append(name)
    return found


async def erase_one(unit: UnitOfWork, customer_id: UUID, tenant: str = "demo") -> None:
    async with unit.begin() as (session, outbox, _now):
        await erase(
            session, outbox, (tenant, customer_id), within=timedelta(days=1),
            cause=command_cause(), expects=lambda _version: None,
        )  # fmt: skip


async def work_off(unit: UnitOfWork, at: datetime) -> None:
    """Lets the timer go through all that is to be forgotten, as if it were `at`."""
    for _ in range(20):
        async with unit.begin() as (session, outbox, _now):
            done = await forget_due(session, outbox, at, 50, grace=GRACE)
        if not done:
            break


async def sent(mailroom: Mailroom, kind: type[Any] = MessageReceived) -> list[Any]:
    return [event.data for event in await mailroom.announced(kind)]


async def clear_outbox(mailroom: Mailroom) -> None:
    async with mailroom.unit.database.writing() as session:
        await session.execute(text("DELETE FROM outbox"))


@pytest.fixture
async def ana(mailroom: Mailroom) -> Any:
    """A customer whose name, address, subject and words hold the mark."""
    sender = f"{MARK} Lima <{MARK}@example.com>"
    raw = letter("<1@example.com>", f"My {MARK}.", sender=sender, subject=f"A {MARK}")
    await mailroom.accept(raw)
    await mailroom.mails(mail(raw))
    [message] = await sent(mailroom)
    answer = asked(message.conversation_id, f"Your {MARK}?", html=f"<b>{MARK}</b>")
    await mailroom.outgoing(answer)
    return message.customer_id


async def test_nothing_of_an_erased_customer_is_left_in_any_table(
    mailroom: Mailroom, ana: UUID, now: datetime
) -> None:
    assert {"message", "raw_mail", "delivery", "customer", "outbox"} <= set(
        await rows_with(mailroom.unit, MARK)
    )
    await erase_one(mailroom.unit, ana)
    await work_off(mailroom.unit, now + GRACE * 2)
    assert await rows_with(mailroom.unit, MARK) == []
    async with mailroom.unit.database.reading() as session:
        assert await session.scalar(select(erasure.c.done_at)) is not None


async def test_erasure_is_announced_with_the_conversations(mailroom: Mailroom, ana: UUID) -> None:
    [message] = await sent(mailroom)
    await erase_one(mailroom.unit, ana)
    [erased] = await sent(mailroom, CustomerErased)
    assert (erased.customer_id, erased.conversation_ids) == (ana, (message.conversation_id,))


async def test_what_was_erased_is_not_taken_in_again(
    mailroom: Mailroom, ana: UUID, now: datetime
) -> None:
    sender = f"{MARK} Lima <{MARK}@example.com>"
    raw = letter("<1@example.com>", f"My {MARK}.", sender=sender, subject=f"A {MARK}")
    [before] = await mailroom.accept(raw)
    await erase_one(mailroom.unit, ana)
    await work_off(mailroom.unit, now + GRACE * 2)
    await clear_outbox(mailroom)
    assert await mailroom.accept(raw) == [before]
    await mailroom.mails(mail(raw))
    other = letter("<0@example.com>", f"Earlier {MARK}.", sender=sender)
    await mailroom.mails(mail(other))
    assert await mailroom.announced() == []
    assert await rows_with(mailroom.unit, MARK) == []


async def test_who_writes_again_after_an_erasure_is_somebody_new(
    mailroom: Mailroom, ana: UUID, now: datetime
) -> None:
    await erase_one(mailroom.unit, ana)
    await work_off(mailroom.unit, now + GRACE * 2)
    await clear_outbox(mailroom)
    later = letter("<9@example.com>", "Hello again", sender=f"<{MARK}@example.com>")
    await mailroom.mails(mail(later, at=now + timedelta(days=1)))
    [message] = await sent(mailroom)
    [customer] = await sent(mailroom, CustomerChanged)
    assert message.customer_id == customer.customer_id != ana


async def test_another_tenant_and_another_customer_keep_theirs(
    mailroom: Mailroom, ana: UUID, now: datetime
) -> None:
    theirs = letter("<1@example.com>", "Our trombone", sender=f"{MARK}@example.com")
    await mailroom.mails(mail(theirs, tenant="other"))
    await mailroom.mails(mail(letter("<2@b.example>", "My trombone", sender="bo@b.example")))
    await erase_one(mailroom.unit, ana)
    await work_off(mailroom.unit, now + GRACE * 2)
    async with mailroom.unit.database.reading() as session:
        query = text("SELECT tenant, text, sender_address FROM message WHERE text <> ''")
        left = sorted(tuple(row) for row in await session.execute(query))
    assert left == [
        ("demo", "My trombone", "bo@b.example"),
        ("other", "Our trombone", f"{MARK}@example.com"),
    ]


async def test_in_a_conversation_with_others_only_their_own_words_stay(
    mailroom: Mailroom, ana: UUID, now: datetime
) -> None:
    reply = letter(
        "<2@b.example>",
        f"I agree.\r\n\r\nOn Monday, {MARK} wrote:\r\n> My {MARK}.",
        sender="bo@b.example", subject=f"Re: A {MARK}", reply_to="<1@example.com>",
    )  # fmt: skip
    await mailroom.mails(mail(reply))
    await clear_outbox(mailroom)
    await erase_one(mailroom.unit, ana)
    await work_off(mailroom.unit, now + GRACE * 2)
    async with mailroom.unit.database.reading() as session:
        query = text("SELECT text, quoted FROM message WHERE sender_address = 'bo@b.example'")
        assert [tuple(row) for row in await session.execute(query)] == [("I agree.", "")]
        own = text("SELECT count(*) FROM message WHERE direction = 'inbound' AND text LIKE :it")
        assert await session.scalar(own, {"it": f"%{MARK}%"}) == 0


async def test_a_chat_is_forgotten_with_its_entries(mailroom: Mailroom, now: datetime) -> None:
    await mailroom.chats(chat("session-1", 1, f"My {MARK}"))
    [message] = await sent(mailroom)
    await erase_one(mailroom.unit, message.customer_id)
    await work_off(mailroom.unit, now + GRACE * 2)
    assert await rows_with(mailroom.unit, MARK) == []


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
