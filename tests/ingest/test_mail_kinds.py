"""Mails that no customer wrote for us to answer: bounces, complaints, robots, our own, spam."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.ingest import tables
from services.ingest.usecases.set_up_account import Wanted, set_up_account
from shared.contracts.deliveries import DeliveryBounced
from shared.contracts.messages import (
    MessageAutoReplied,
    MessageBounced,
    MessageReceived,
    MessageReported,
)
from shared.messaging import new_id
from tests.ingest.mailroom import AT, Mailroom, asked, letter, mail


def bounce(original: str | None = None, recipient: str = "ana@example.com", n: int = 1) -> bytes:
    """A delivery report (RFC 3464) of a mailbox that does not exist."""
    about = f"\r\nMessage-ID: {original}\r\nSubject: Re: Invoice\r\n" if original else "\r\n"
    return (
        f"From: Mail Delivery System <mailer-daemon@mx.example>\r\nTo: help@demo.example\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <bounce-{n}@mx.example>\r\n"
        "Date: Mon, 02 Mar 2026 09:30:00 +0000\r\nAuto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n"
        ' boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nThe mailbox is unknown.\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\n\r\n--b\r\n"
        f"Content-Type: text/rfc822-headers\r\n{about}\r\n--b--\r\n"
    ).encode()


def complaint(original: str) -> bytes:
    """A feedback report (RFC 5965)."""
    return (
        "From: fbl@provider.example\r\nTo: help@demo.example\r\nSubject: Abuse report\r\n"
        "Message-ID: <fbl@provider.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nA user complained.\r\n--b\r\n"
        "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n"
        "User-Agent: fbl/1\r\nOriginal-Rcpt-To: ana@example.com\r\n\r\n--b\r\n"
        f"Content-Type: message/rfc822\r\n\r\nMessage-ID: {original}\r\nFrom: help@demo.example\r\n"
        "To: ana@example.com\r\nSubject: Re: Invoice\r\n\r\nSoon.\r\n--b--\r\n"
    ).encode()


async def answered(mailroom: Mailroom) -> tuple[UUID, UUID]:
    """A conversation with an answer that went out: its id, and the request's."""
    first = mail(letter())
    await mailroom.mails(first)
    request = new_id()
    await mailroom.outgoing(asked(first.uid, request_id=request))
    async with mailroom.unit.database.writing() as session:
        delivery = tables.delivery
        await session.execute(delivery.update().values(state="sent", attempts=1, queued_at=AT))
    return first.uid, request


async def one(mailroom: Mailroom, kind: type[Any]) -> Any:
    """The one event of a type."""
    [event] = await mailroom.announced(kind)
    return event


@pytest.mark.parametrize("by", ["message-id", "recipient"])
async def test_a_bounce_finds_its_delivery_and_opens_nothing(mailroom: Mailroom, by: str) -> None:
    conversation, request = await answered(mailroom)
    original = f"<{request}@desk.test>" if by == "message-id" else None
    await mailroom.mails(mail(bounce(original)), mail(bounce(original) + b"\r\n"))
    event = await one(mailroom, MessageBounced)
    said = event.data
    assert (event.partitionkey, said.request_id) == (str(conversation), request)
    assert (said.hard, said.reason, said.status) == (True, "unknown-user", "5.1.1")
    failed = (await one(mailroom, DeliveryBounced)).data
    assert (failed.request_id, failed.conversation_id) == (request, conversation)
    assert (failed.recipient, failed.hard, failed.reason) == (
        "ana@example.com", True, "unknown-user",
    )  # fmt: skip
    assert len(await mailroom.announced(MessageReceived)) == 1
    [row] = await mailroom.rows(tables.delivery)
    assert (row.state, row.reason) == ("sent", "bounced: unknown-user (5.1.1)")


async def test_a_bounce_of_nothing_of_ours_has_a_conversation_of_its_own(
    mailroom: Mailroom,
) -> None:
    await answered(mailroom)
    notice = mail(bounce("<other@desk.test>", "nobody@elsewhere.example"))
    await mailroom.mails(notice)
    event = await one(mailroom, MessageBounced)
    assert (event.data.conversation_id, event.data.request_id) == (notice.uid, None)
    assert await mailroom.announced(DeliveryBounced) == []


async def test_an_old_mail_to_the_same_address_is_not_what_a_bounce_is_about(
    mailroom: Mailroom,
) -> None:
    await answered(mailroom)
    notice = mail(bounce(), at=AT + timedelta(days=8))
    await mailroom.mails(notice)
    assert (await one(mailroom, MessageBounced)).data.request_id is None


async def test_another_tenants_delivery_is_no_bounces_business(mailroom: Mailroom) -> None:
    _, request = await answered(mailroom)
    await mailroom.mails(mail(bounce(f"<{request}@desk.test>"), tenant="other"))
    assert (await one(mailroom, MessageBounced)).data.request_id is None


async def test_a_complaint_is_reported_with_its_delivery(mailroom: Mailroom) -> None:
    conversation, request = await answered(mailroom)
    await mailroom.mails(mail(complaint(f"<{request}@desk.test>")))
    said = (await one(mailroom, MessageReported)).data
    assert (said.conversation_id, said.request_id) == (conversation, request)
    assert (said.feedback, said.reporter) == ("abuse", "ana@example.com")


async def configure(mailroom: Mailroom, **settings: Any) -> None:
    """Gives demo's mailbox settings."""
    async with mailroom.unit.begin() as (session, _outbox, now):
        wanted = Wanted("demo", "mail", "email", "help@demo.example", "Help", settings=settings)
        await set_up_account(session, wanted, lambda _version: None, now)


@pytest.mark.parametrize("wanted", ["keep", "open"])
async def test_an_automatic_reply_joins_its_conversation_and_opens_only_where_it_shall(
    mailroom: Mailroom, wanted: str
) -> None:
    conversation, request = await answered(mailroom)
    await configure(mailroom, auto_replies=wanted)
    away = letter(
        "<away@example.com>", "I am away.", subject="Automatic reply: away",
        reply_to=f"<{request}@desk.test>", Auto_Submitted="auto-replied",
    )  # fmt: skip
    await mailroom.mails(mail(away))
    kind = MessageReceived if wanted == "open" else MessageAutoReplied
    event = (await mailroom.announced(kind))[-1]
    assert (event.data.kind, event.data.automatic) == ("auto-reply", True)
    assert event.data.conversation_id == conversation
    assert len(await mailroom.announced(MessageReceived)) == (2 if wanted == "open" else 1)


async def test_a_mail_of_ours_that_comes_back_is_kept_and_announced_to_nobody(
    mailroom: Mailroom,
) -> None:
    conversation, request = await answered(mailroom)
    before = len(await mailroom.announced(MessageReceived))
    own = letter(f"<{request}@desk.test>", "It is on its way.", sender="help@demo.example")
    forged = letter(f"<{request}@desk.test>", "Mine.", sender="Ben <ben@example.org>",
                    subject="Other")  # fmt: skip
    renamed = letter("<relay@x>", "It is on its way.", sender="Help@demo.example",
                     X_Deskstream_Request=str(request))  # fmt: skip
    await mailroom.mails(mail(own), mail(forged), mail(renamed))
    [event] = (await mailroom.announced(MessageReceived))[before:]
    assert event.data.text == "Mine."
    rows = [row for row in await mailroom.rows(tables.message) if row.own]
    assert [(row.conversation_id, row.automatic) for row in rows] == [(conversation, True)] * 2


async def test_the_answer_names_what_a_person_wrote_last_and_no_bounce(mailroom: Mailroom) -> None:
    conversation, request = await answered(mailroom)
    await mailroom.mails(mail(bounce(f"<{request}@desk.test>")))
    await mailroom.outgoing(asked(conversation, "Again."))
    latest = [row for row in await mailroom.rows(tables.message) if row.text == "Again."]
    assert latest[0].details["in_reply_to"] == "<1@example.com>"


async def test_spam_is_held_listed_and_let_go_as_if_it_had_just_come(
    mailroom: Mailroom, client: httpx.AsyncClient, reader: dict[str, str], writer: dict[str, str]
) -> None:
    bad = mail(letter("<s@example.com>", "Buy now", sender="eve@spam.example", X_Spam_Flag="YES"))
    await mailroom.mails(bad, mail(letter()))
    assert [event.data.text for event in await mailroom.announced(MessageReceived)] == [
        "Where is my invoice?"
    ]
    listed = (await client.get("/v1/quarantine", headers=reader)).json()
    assert [(item["id"], item["spam"]) for item in listed["items"]] == [(str(bad.uid), True)]
    path = f"/v1/quarantine/{bad.uid}/release"
    let_go = await client.post(path, headers=writer)
    assert let_go.status_code == 200, let_go.text
    event = (await mailroom.announced(MessageReceived))[-1]
    assert (event.data.message_id, event.data.text, event.data.spam) == (bad.uid, "Buy now", True)
    assert event.data.received_at > bad.at
    assert (await client.get("/v1/quarantine", headers=reader)).json()["items"] == []
    again = await client.post(path, headers=writer)
    assert again.status_code == 409
    missing = await client.post(f"/v1/quarantine/{UUID(int=1)}/release", headers=writer)
    assert missing.status_code == 404


async def test_a_repeat_of_held_spam_is_no_second_mail(mailroom: Mailroom) -> None:
    raw = letter("<s@example.com>", "Buy now", sender="eve@spam.example", X_Spam_Flag="YES")
    await mailroom.mails(mail(raw))
    await mailroom.mails(mail(b"Received: by elsewhere\r\n" + raw))
    assert len(await mailroom.rows(tables.message)) == 1
    assert await mailroom.announced(MessageReceived) == []


async def test_the_accounts_own_lists_and_rule_decide(mailroom: Mailroom) -> None:
    spam = {
        "allow": ["@partner.example"], "deny": ["@.bad.example"],
        "rule": "subject.contains('casino') && domain != 'known.example'",
    }  # fmt: skip
    await configure(mailroom, spam=spam)
    senders = ["a@partner.example", "b@x.bad.example", "c@known.example", "d@new.example"]
    mails = [
        mail(letter(f"<{n}@x>", "Hello", sender=who, subject="casino night", X_Spam_Flag="YES"))
        for n, who in enumerate(senders[:2])
    ]
    mails += [
        mail(letter(f"<{n}@y>", "Hello", sender=who, subject="casino night"))
        for n, who in enumerate(senders[2:])
    ]
    await mailroom.mails(*mails)
    announced = [e.data.sender.address for e in await mailroom.announced(MessageReceived)]
    assert announced == ["a@partner.example", "c@known.example"]
