"""Erasure: nothing that was said is left in any table, and none of it is taken in again."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.ingest.tables.customers import erasure
from shared.contracts.customers import CustomerChanged, CustomerErased
from shared.contracts.inbound import InboundEmailReceived
from shared.service import Service
from tests.ingest.erasing import GRACE, MARK, clear_outbox, erase_one, rows_with, sent, work_off
from tests.ingest.mailroom import Mailroom, asked, chat, letter, mail


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


@pytest.mark.parametrize("like", [f"my{MARK}@example.com", f"{MARK}@example.com.au"])
async def test_what_waits_of_somebody_whose_address_only_contains_the_erased_one_stays(
    mailroom: Mailroom, ana: UUID, like: str
) -> None:
    await mailroom.mails(mail(letter("<2@b.example>", "My trombone", sender=like)))
    await erase_one(mailroom.unit, ana)
    assert [message.text for message in await sent(mailroom)] == ["My trombone"]


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


async def test_parked_records_and_stored_answers_that_name_the_customer_are_emptied(
    mailroom: Mailroom, ana: UUID
) -> None:
    async with mailroom.unit.database.writing() as session:
        await session.execute(text(
            "INSERT INTO parked (id, consumer, topic, partition, epoch, \"offset\", tenant, key,"
            " headers, value, record_at, reason, detail, claimed) VALUES (gen_random_uuid(), 'c',"
            " 't', 0, 1, 1, 'demo', 'k', '[]', convert_to(:it, 'UTF8'), now(), 'failed', '', true)"
        ), {"it": f"\u00fc {MARK.upper()}@EXAMPLE.com"})  # fmt: skip
        await session.execute(text(
            "INSERT INTO idempotency_key VALUES ('demo', 's', 'PUT', '/', 'k', '', 200, '[]',"
            " convert_to(:it, 'UTF8'), now())"
        ), {"it": f"{MARK}@example.com"})  # fmt: skip
    await erase_one(mailroom.unit, ana)
    assert {"parked", "idempotency_key"}.isdisjoint(await rows_with(mailroom.unit, MARK))


async def test_what_waits_for_another_tenant_of_the_same_person_stays(
    mailroom: Mailroom, ana: UUID, now: datetime
) -> None:
    sender = f"{MARK} Lima <{MARK}@example.com>"
    raw = letter("<1@example.com>", f"My {MARK}.", sender=sender, subject=f"A {MARK}")
    digest = hashlib.sha256(raw).hexdigest()
    await mailroom.accept(raw, tenant="other")
    async with mailroom.unit.database.writing() as session:
        await session.execute(text(
            "INSERT INTO parked (id, consumer, topic, partition, epoch, \"offset\", tenant, key,"
            " headers, value, record_at, reason, detail, claimed) SELECT gen_random_uuid(), 'c',"
            " 't', 0, 1, place, owner, convert_to(:key, 'UTF8'), '[]', 'words', now(), 'failed',"
            " '', true FROM unnest(ARRAY['demo', 'other', NULL]) WITH ORDINALITY of(owner, place)"
        ), {"key": digest})  # fmt: skip
        await session.execute(text(
            "INSERT INTO outbox_refused (id, topic, key, key_hash, event_id, headers, payload,"
            " created_at, error) SELECT id, topic, key, key_hash, event_id, headers, payload,"
            " created_at, '' FROM outbox WHERE topic = 'support.inbound.email.v1'"
        ))  # fmt: skip
    await erase_one(mailroom.unit, ana)
    await work_off(mailroom.unit, now + GRACE * 2)
    assert [one.tenant for one in await mailroom.announced(InboundEmailReceived)] == ["other"]
    async with mailroom.unit.database.reading() as session:
        refused = list(await session.scalars(text("SELECT headers FROM outbox_refused")))
        kept = text("SELECT tenant FROM parked WHERE value IS NOT NULL")
        # What says of no tenant can be applied for none, and may be the erased customer's.
        assert list(await session.scalars(kept)) == ["other"]
    assert ['["ce_tenant","other"]' in one for one in refused] == [True]


async def test_what_a_parser_was_storing_meanwhile_is_found_by_the_last_look(
    mailroom: Mailroom, ana: UUID, now: datetime
) -> None:
    await erase_one(mailroom.unit, ana)
    await work_off(mailroom.unit, now)
    async with mailroom.unit.database.writing() as session:
        late = text("UPDATE message SET text = :it WHERE direction = 'inbound'")
        await session.execute(late, {"it": MARK})
    await clear_outbox(mailroom)
    await work_off(mailroom.unit, now + GRACE * 2)
    await work_off(mailroom.unit, now + GRACE * 2)
    [told] = await sent(mailroom, CustomerErased)
    assert told.conversation_ids
    assert await rows_with(mailroom.unit, MARK) == []


async def test_what_was_held_as_spam_is_forgotten_too(
    mailroom: Mailroom, ana: UUID, now: datetime
) -> None:
    await mailroom.mails(mail(letter("<7@x.example>", f"Buy {MARK}", sender=f"{MARK}@example.com")))
    async with mailroom.unit.database.writing() as session:
        held = "UPDATE message SET spam = true, customer_id = NULL, conversation_id = id"
        await session.execute(text(f"{held} WHERE text LIKE 'Buy%'"))
    await erase_one(mailroom.unit, ana)
    await work_off(mailroom.unit, now + GRACE * 2)
    async with mailroom.unit.database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM message WHERE text <> ''")) == 0
        left = text("SELECT count(*) FROM raw_mail WHERE body IS NOT NULL")
        assert await session.scalar(left) == 0


async def test_the_timer_knows_when_there_is_something_to_forget(
    service: Service, mailroom: Mailroom, ana: UUID
) -> None:
    timer = next(one for one in service.timers if one.name == "erasures")
    async with service.database.reading() as session:
        assert await timer.next_due(session) is None
    await erase_one(mailroom.unit, ana)
    async with service.database.reading() as session:
        asked = await session.scalar(select(erasure.c.requested_at))
        assert await timer.next_due(session) == asked
    async with mailroom.unit.begin() as (session, outbox, at):
        assert await timer.fire(session, outbox, at, timer.limit) == 1
    async with service.database.reading() as session:
        due = await timer.next_due(session)
        assert asked is not None
        assert due == asked + GRACE
