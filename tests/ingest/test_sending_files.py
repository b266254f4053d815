"""Answers with files, reply addresses and unsubscribing; leases that are renewed; waking up."""

import asyncio
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.mail_sink import MailSink
from services.ingest import tables
from services.ingest.domain.accounts import Account
from services.ingest.domain.deliveries import Leased, Outcome
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Conversation
from services.ingest.domain.outgoing import preferred_channel
from services.ingest.domain.reply_tokens import detail_of, read_token
from services.ingest.sender import Sender
from services.ingest.usecases.queue_outgoing import queue_outgoing
from services.ingest.usecases.set_up_account import Wanted, set_up_account
from shared.contracts.deliveries import DeliveryFailed, DeliverySent
from shared.contracts.messages import Attachment
from shared.contracts.payload import BlobRef
from tests.ingest.dispatch import QUICK, REPLY_KEY, conversation_of, sender, settled
from tests.ingest.mailroom import Mailroom, asked, letter
from tests.ingest.test_composing import outbound


async def test_files_in_the_blob_store_are_sent_along_and_images_shown_in_place(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    customer = f"{uuid4().hex[:8]}@example.com"
    conversation = await conversation_of(mailroom, letter(sender=customer))
    image = await _stored(mailroom, b"\x89PNG", name="a.png", inline=True, content_id="a")
    invoice = await _stored(mailroom, b"%PDF" * 100_000, name="März.pdf")
    await mailroom.outgoing(
        asked(conversation, html='<img src="cid:a">', attachments=(image, invoice))
    )
    async with sender(mailroom, mail_sink.port):
        [sent] = await mail_sink.wait_for(customer)
    found = {part.get_filename(): part.get_content() for part in sent.message.walk()
             if part.get_filename()}  # fmt: skip
    assert found == {"a.png": b"\x89PNG", "März.pdf": b"%PDF" * 100_000}


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"tenant": "other"}, "not the tenant's"),
        ({"gone": True}, "is gone"),
        ({"size": 3}, "not what was asked for"),
        ({"data": b"x" * 2000}, "2000 bytes, 1000 are allowed"),
    ],
)
async def test_a_file_that_cannot_go_fails_the_mail_with_its_reason(
    mailroom: Mailroom, mail_sink: MailSink, what: dict[str, Any], reason: str
) -> None:
    conversation = await conversation_of(mailroom)
    file = await _stored(mailroom, what.pop("data", b"data"), name="a", **what)
    await mailroom.outgoing(asked(conversation, attachments=(file,)))
    async with sender(mailroom, mail_sink.port, attachment_limit=1000):
        [event] = await settled(mailroom, 1)
    assert event.type == DeliveryFailed.TYPE
    assert reason in event.data.reason


async def test_a_survey_names_its_reply_address_and_where_to_unsubscribe(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    customer = f"{uuid4().hex[:8]}@example.com"
    conversation = await conversation_of(mailroom, letter(sender=customer))
    async with mailroom.unit.begin() as (session, _outbox, now):
        wanted = Wanted(
            "demo", "mail", "email", "help@demo.example", "Help", "internal",
            {"plus_addressing": True},
        )  # fmt: skip
        await set_up_account(session, wanted, lambda _version: None, now)
    url = "https://desk.test/unsubscribe/1"
    await mailroom.outgoing(asked(conversation, kind="survey", automatic=True, unsubscribe_url=url))
    async with sender(mailroom, mail_sink.port):
        [sent] = await mail_sink.wait_for(customer)
    detail = detail_of(sent.message["Reply-To"])
    assert read_token(REPLY_KEY, "demo", detail or "") == conversation
    assert sent.message["List-Unsubscribe"] == f"<{url}>"
    assert sent.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_a_mail_that_takes_longer_than_its_lease_is_sent_by_nobody_else(
    mailroom: Mailroom,
) -> None:
    await mailroom.outgoing(asked(await conversation_of(mailroom)))
    attempts: list[int] = []

    async def slowly(leased: Leased, _account: Account) -> Outcome:
        attempts.append(leased.delivery.attempts)
        await asyncio.sleep(2.5)
        return Outcome("sent", provider_id="p-1")

    senders = [
        Sender(mailroom.unit, {"email": slowly}, QUICK, at_once=8, lease_seconds=1.0,
               poll_seconds=0.05)
        for _ in range(2)
    ]  # fmt: skip
    stop = asyncio.Event()
    running = [asyncio.create_task(one.run(stop)) for one in senders]
    [event] = await settled(mailroom, 1)
    stop.set()
    await asyncio.gather(*running)
    assert (event.type, event.data.attempts, attempts) == (DeliverySent.TYPE, 1, [1])
    [row] = await mailroom.rows(tables.delivery)
    assert (row.provider_id, row.unconfirmed) == ("p-1", 0)


async def test_a_sender_looks_at_once_when_something_is_queued_in_its_process(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    conversation = await conversation_of(mailroom)
    queued = asyncio.Event()
    async with sender(mailroom, mail_sink.port, poll_seconds=60.0, queued=queued):
        await asyncio.sleep(0.3)
        async with mailroom.unit.begin() as (session, outbox, now):
            request = asked(conversation)
            await queue_outgoing(
                session, outbox, [request], now, mail_domain="desk.test", queued=queued.set
            )
        async with asyncio.timeout(10):
            [event] = await settled(mailroom, 1)
    assert event.type == DeliverySent.TYPE


async def test_an_account_has_at_most_three_quarters_of_all_places(mailroom: Mailroom) -> None:
    conversations = [
        await conversation_of(mailroom, letter(f"<{n}@x>", sender=f"c{n}@example.com"))
        for n in range(12)
    ]
    await mailroom.outgoing(*map(asked, conversations))
    going = asyncio.Event()
    held = 0

    async def hanging(_leased: Leased, _account: Account) -> Outcome:
        nonlocal held
        held += 1
        await going.wait()
        return Outcome("sent")

    made = Sender(
        mailroom.unit, {"email": hanging}, QUICK, at_once=16, lease_seconds=30, poll_seconds=0.02
    )
    stop = asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    await asyncio.sleep(1)
    assert 8 <= held < 12
    going.set()
    await settled(mailroom, 12)
    stop.set()
    await running


def test_an_open_channel_is_that_of_the_customers_last_message() -> None:
    begun = Conversation("demo", outbound().id, "chat", "web", None, Person("Ana", None), 1)
    last = outbound(channel="email", direction="inbound")
    bounce = outbound(channel="email", direction="inbound", kind="bounce")
    assert preferred_channel(begun, last) == "email"
    assert preferred_channel(begun, bounce) == "chat"
    assert preferred_channel(None, None) is None


async def _stored(
    mailroom: Mailroom,
    data: bytes,
    *,
    name: str,
    tenant: str = "demo",
    gone: bool = False,
    size: int | None = None,
    **what: Any,
) -> Attachment:
    digest = sha256(data).hexdigest()
    key = f"ingest/{tenant}/{digest}"
    if not gone:
        assert await mailroom.blobs.put("ingest", tenant, data) == key
    size = len(data) if size is None else size
    return Attachment(
        name=name, media_type="image/png", size=size, sha256=digest,
        blob=BlobRef(key=key, size=size, sha256=digest, media_type="image/png"), **what,
    )  # fmt: skip
