"""Requests that end without a mail, and senders that compete for the others."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.local.mail_sink import MailSink
from services.ingest import tables
from services.ingest.domain.deliveries import Outcome
from services.ingest.usecases.deliver import Attempt, lease, settle
from shared.contracts.deliveries import DeliveryFailed, DeliveryNotConfirmed, DeliverySent
from shared.messaging import new_id
from tests.ingest.dispatch import QUICK, conversation_of, sender, settled
from tests.ingest.mailroom import Mailroom, asked, chat, to


async def test_an_answer_to_a_chat_is_kept_for_the_visitor_and_counts_as_sent(
    mailroom: Mailroom,
) -> None:
    given = chat("s1", 1)
    await mailroom.chats(given)
    request = asked(given.uid, "We are looking.")
    await mailroom.outgoing(request, request)
    [event] = await settled(mailroom, 1)
    assert (event.type, event.data.channel) == (DeliverySent.TYPE, "chat")
    assert (event.data.reason, event.data.message_id_header) == (
        "kept for the visitor to read",
        None,
    )
    said = {row.text: row.direction for row in await mailroom.rows(tables.message)}
    assert said == {"Hello": "inbound", "We are looking.": "outbound"}


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({}, "no such conversation"),
        ({"recipient": to("not an address")}, "no mail address"),
        ({"recipient": to("ana@example.com\nBcc: all@example.com")}, "no mail address"),
        ({"recipient": to("ana@example.com"), "channel": "social"}, "no social account"),
    ],
)
async def test_what_cannot_be_sent_fails_at_once_with_its_reason(
    mailroom: Mailroom, what: dict[str, Any], reason: str
) -> None:
    await mailroom.outgoing(asked(new_id(), **what))
    [event] = await settled(mailroom, 1)
    assert event.type == DeliveryFailed.TYPE
    assert reason in event.data.reason


async def test_a_sender_that_lost_its_lease_has_no_say_any_more(mailroom: Mailroom) -> None:
    conversation = await conversation_of(mailroom)
    await mailroom.outgoing(asked(conversation))
    frozen, other = uuid4(), uuid4()
    [slow] = await _lease(mailroom, frozen, timedelta(0))
    [quick] = await _lease(mailroom, other, timedelta(minutes=1))
    assert (quick.delivery.attempts, quick.delivery.unconfirmed) == (2, 1)
    assert await _settle(mailroom, Attempt(slow, Outcome("refused", "550 no"))) == [False]
    assert await _settle(mailroom, Attempt(quick, Outcome("sent"))) == [True]
    assert await _settle(mailroom, Attempt(quick, Outcome("sent"))) == [False]
    assert [event.type for event in await settled(mailroom, 1)] == [DeliverySent.TYPE]


async def test_senders_that_die_again_and_again_end_in_not_confirmed(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    conversation = await conversation_of(mailroom)
    await mailroom.outgoing(asked(conversation))
    for _ in range(4):
        assert len(await _lease(mailroom, uuid4(), timedelta(0))) == 1
    async with sender(mailroom, mail_sink.port):
        [event] = await settled(mailroom, 1)
    assert event.type == DeliveryNotConfirmed.TYPE
    assert mail_sink.mails("ana@example.com") == []


async def test_only_the_oldest_open_answer_of_a_conversation_is_leased(mailroom: Mailroom) -> None:
    first = await conversation_of(mailroom)
    await mailroom.outgoing(asked(first, "1"), asked(first, "2"), asked(new_id(), "x",
        recipient=to("bo@example.com")))  # fmt: skip
    leased = await _lease(mailroom, uuid4(), timedelta(minutes=1))
    assert sorted(one.message.text for one in leased) == ["1", "x"]
    assert await _lease(mailroom, uuid4(), timedelta(minutes=1)) == []


async def _lease(mailroom: Mailroom, holder: UUID, length: timedelta) -> list[Any]:
    async with mailroom.unit.begin() as (session, _outbox, now):
        return await lease(session, holder, now, length, 10)


async def _settle(mailroom: Mailroom, attempt: Attempt) -> list[bool]:
    async with mailroom.unit.begin() as (session, outbox, now):
        return await settle(session, outbox, [attempt], now, patience=QUICK)
