"""A signed reply by mail proves the address that was typed into a chat; preferences are kept."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from services.ingest.domain.customers import (
    Identity,
    identity_of,
    mail_address,
    phone_number,
)
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Message
from services.ingest.domain.reply_tokens import reply_token
from services.ingest.tables.customers import customer
from services.ingest.usecases.read_mail import Reading
from shared.contracts.customers import CustomerMerged
from shared.contracts.messages import MessageReceived
from shared.messaging import UnitOfWork, new_id
from shared.storage import BlobStore
from tests.ingest.mailroom import AT, Mailroom, asked, chat, letter, mail

KEY = b"0123456789abcdef-key"


@pytest.fixture
async def signing(unit: UnitOfWork, blobs: BlobStore, mailroom: Mailroom) -> Mailroom:
    """A mailroom that knows its reply addresses."""
    return Mailroom(unit, blobs, Reading(KEY, frozenset(), None))


async def chatted(room: Mailroom) -> MessageReceived:
    await room.chats(chat("s1", 1))
    found: MessageReceived = (await room.announced(MessageReceived))[0].data
    return found


async def test_a_signed_reply_makes_the_visitor_and_the_sender_one(signing: Mailroom) -> None:
    visitor = await chatted(signing)
    token = reply_token(KEY, "demo", visitor.conversation_id)
    to = (f"help+{token}@demo.example",)
    await signing.mails(mail(letter(sender="Ana@example.com"), envelope_to=to))
    [merged] = await signing.announced(CustomerMerged)
    assert (merged.data.proof, merged.data.into) == ("reply-token", visitor.customer_id)
    said = (await signing.announced(MessageReceived))[-1].data
    assert said.customer_id == visitor.customer_id
    assert said.conversation_id == visitor.conversation_id


@pytest.mark.parametrize("signed", [True, False])
async def test_neither_another_address_nor_a_mail_without_the_token_proves_anything(
    signing: Mailroom, signed: bool
) -> None:
    visitor = await chatted(signing)
    token = reply_token(KEY, "demo", visitor.conversation_id) if signed else "nothing"
    sender = "bo@b.example" if signed else "ana@example.com"
    raw = letter(sender=sender)
    await signing.mails(mail(raw, envelope_to=(f"help+{token}@demo.example",)))
    assert await signing.announced(CustomerMerged) == []


async def test_an_answer_goes_by_the_channel_that_the_customer_prefers(signing: Mailroom) -> None:
    visitor = await chatted(signing)
    token = reply_token(KEY, "demo", visitor.conversation_id)
    to = (f"help+{token}@demo.example",)
    await signing.mails(mail(letter(sender="ana@example.com"), envelope_to=to))
    await signing.chats(chat("s1", 2, at=AT + timedelta(minutes=1)))
    answer = asked(visitor.conversation_id)
    await signing.outgoing(answer)
    async with signing.unit.database.writing() as session:
        await session.execute(update(customer).values(preferred_channel="email"))
    preferred = asked(visitor.conversation_id, "Again")
    await signing.outgoing(preferred)
    async with signing.unit.database.reading() as session:
        query = text("SELECT channel, text FROM message WHERE direction = 'outbound' ORDER BY id")
        sent = [tuple(row) for row in await session.execute(query)]
    assert sent == [("chat", "It is on its way."), ("email", "Again")]


def test_addresses_are_the_same_in_any_case_and_writing() -> None:
    assert mail_address(" Ana@EXAMPLE.com ") == "ana@example.com"
    assert mail_address("ana@bücher.example") == mail_address("ana@xn--bcher-kva.example")
    assert mail_address("nobody") is None
    assert mail_address("a b@example.com") is None


def test_telephone_numbers_are_one_form() -> None:
    assert phone_number("+49 (30) 123456") == phone_number("4930123456") == "+4930123456"
    assert phone_number("030 123456", "DE") == "+4930123456"
    assert phone_number("hello") is None
    assert phone_number("12") is None


def said(channel: str, address: str | None, **what: object) -> Identity | None:
    id = new_id()
    return identity_of(
        Message(
            tenant="demo", id=id, identity=id, conversation_id=id, direction="inbound",
            channel=channel, account="a", sender=Person("Ana", address), received_at=AT,
            **what,  # type: ignore[arg-type]
        )
    )  # fmt: skip


def test_what_the_channel_says_is_an_identity_and_what_was_typed_is_one_of_its_own() -> None:
    assert said("social", "4930123456", network="whatsapp") == Identity(
        "phone", "+4930123456", verified=True
    )
    assert said("social", "+4930123456", network="sms") == Identity("phone", "+4930123456")
    assert said("voice", "+4930123456") == Identity("phone", "+4930123456")
    assert said("social", "77", network="telegram") == Identity("handle", "77", "telegram", "a")
    assert said("form", "Ana@example.com") == Identity("typed", "ana@example.com")
    assert said("email", "Ana@example.com", authentication={"dmarc": "pass"}) == Identity(
        "email", "ana@example.com", verified=True
    )
    assert said("email", "ana@example.com", spam=True) is None
    assert said("email", "mailer-daemon@example.com", kind="bounce") is None
    assert said("chat", "ana@example.com", thread_id="s1") == Identity("chat", "s1", account="a")
