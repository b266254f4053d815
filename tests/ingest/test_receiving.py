"""Mails and chats on a real database: each becomes one message in the right conversation."""

import asyncio
import base64
import hashlib
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from services.ingest import tables
from services.ingest.usecases.accept_mail import NoAccount
from services.ingest.usecases.keep_messages import keep
from shared.contracts.inbound import InboundEmailReceived
from shared.contracts.messages import MessageReceived
from shared.messaging import derived_id, sequence
from shared.messaging.outbox import Outbox
from shared.storage import BlobStore
from tests.ingest.mailroom import AT, TRACE, Mailroom, chat, letter, mail, mail_by_blob


async def test_a_mail_handed_in_is_stored_and_announced_as_an_adapter_would(
    mailroom: Mailroom,
) -> None:
    raw = letter()
    [id] = await mailroom.accept(raw)
    [event] = await mailroom.announced()
    assert (event.type, event.source) == (InboundEmailReceived.TYPE, "/channels/mail")
    assert event.partitionkey == hashlib.sha256(raw).hexdigest()
    assert (event.subject, event.causationid, event.traceparent) == (str(id), str(id), TRACE)
    assert base64.b64decode(event.data.raw) == raw
    [row] = await mailroom.rows(tables.raw_mail)
    assert (row.tenant, row.id, row.body, row.size) == ("demo", id, raw, len(raw))
    assert row.message_id is None


async def test_the_same_bytes_again_are_the_same_mail_and_announced_once(
    mailroom: Mailroom,
) -> None:
    raw, another = letter(), letter("<2@example.com>")
    first, second, third = await mailroom.accept(raw, another, raw)
    assert first == third != second
    assert await mailroom.accept(raw) == [first]
    assert len(await mailroom.announced()) == 2
    [elsewhere] = await mailroom.accept(raw, tenant="other")
    assert elsewhere != first


async def test_a_mail_for_no_account_is_not_taken_and_its_neighbours_are(
    mailroom: Mailroom,
) -> None:
    assert await mailroom.accept(letter(), account="web") == [NoAccount("web")]
    assert await mailroom.accept(letter(), tenant="nobody") == [NoAccount(None)]
    assert await mailroom.announced() == []


async def test_a_mail_becomes_a_message_with_all_that_it_says(mailroom: Mailroom) -> None:
    [raw_id] = await mailroom.accept(
        letter(
            text="¿Dónde está mi factura?",
            Cc="Bo <bo@example.com>",
            Date="Mon, 2 Mar 2026 10:00 +1",
        )
    )
    [announced] = await mailroom.relayed()
    await mailroom.mails(announced)
    [event] = await mailroom.announced()
    said = event.data
    assert isinstance(said, MessageReceived)
    assert said.message_id == announced.uid
    assert (said.raw_id, said.channel, said.account) == (raw_id, "email", "mail")
    assert (said.sender.name, said.sender.address) == ("Ana", "ana@example.com")
    assert [party.address for party in said.cc] == ["bo@example.com"]
    assert (said.subject, said.text) == ("Invoice", "¿Dónde está mi factura?")
    assert (said.message_id_header, said.automatic) == ("<1@example.com>", False)
    assert (event.subject, event.partitionkey) == (str(said.message_id), str(said.conversation_id))
    assert event.id == str(derived_id(announced.uid, MessageReceived.TYPE))
    assert (event.sequence, event.hops, event.traceparent) == (sequence(1, 1), 1, TRACE)
    assert event.time == said.received_at == announced.data.received_at
    [row] = await mailroom.rows(tables.raw_mail)
    assert row.message_id == said.message_id
    assert row.parsed_at is not None


async def test_an_adapters_mail_gets_a_raw_mail_of_its_own(mailroom: Mailroom) -> None:
    given = mail(letter())
    await mailroom.mails(given)
    [row] = await mailroom.rows(tables.raw_mail)
    assert (row.id, row.body, row.message_id) == (given.uid, letter(), given.uid)
    assert await mailroom.accept(letter()) == [given.uid]
    assert [event.type for event in await mailroom.announced()] == [MessageReceived.TYPE]


async def test_a_copy_that_came_another_way_is_the_same_message(mailroom: Mailroom) -> None:
    first = mail(letter(Received="from a by b"))
    copy = mail(letter(Received="from c by b; and longer"))
    await mailroom.mails(first)
    await mailroom.mails(copy, mail(letter(Received="from d by b")))
    assert len(await mailroom.announced()) == 1
    raws = await mailroom.rows(tables.raw_mail)
    assert len(raws) == 3
    assert {row.message_id for row in raws} == {first.uid}


async def test_copies_within_one_batch_are_one_message_the_first(mailroom: Mailroom) -> None:
    copies = [mail(letter(Received=f"from {number}")) for number in range(20)]
    await mailroom.mails(*copies)
    [event] = await mailroom.announced()
    assert event.data.message_id == copies[0].uid
    assert {row.message_id for row in await mailroom.rows(tables.raw_mail)} == {copies[0].uid}


async def test_a_message_id_used_again_for_other_words_is_another_message(
    mailroom: Mailroom,
) -> None:
    await mailroom.mails(mail(letter(text="one")), mail(letter(text="two")))
    first, second = await mailroom.announced()
    assert first.data.message_id != second.data.message_id
    assert first.data.conversation_id == second.data.conversation_id
    assert [first.sequence, second.sequence] == [sequence(1, 1), sequence(2, 1)]


THREAD = (
    letter("<a@x>"),
    letter("<b@x>", "Any news?", reply_to="<a@x>", references="<a@x>"),
    letter("<c@x>", "Hello?", reply_to="<b@x>", references="<a@x> <b@x>"),
)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
async def test_a_thread_is_one_conversation_in_whatever_order_it_comes(
    mailroom: Mailroom, order: tuple[int, ...], together: bool
) -> None:
    events = [mail(THREAD[number]) for number in order]
    for batch in [events] if together else [[event] for event in events]:
        await mailroom.mails(*batch)
    announced = await mailroom.announced()
    assert {event.data.conversation_id for event in announced} == {events[0].uid}
    assert [event.sequence for event in announced] == [sequence(n, 1) for n in (1, 2, 3)]
    [conversation] = await mailroom.rows(tables.conversation)
    assert (conversation.version, conversation.customer_address) == (3, "ana@example.com")


async def test_two_parsers_at_once_make_one_conversation_of_one_thread(mailroom: Mailroom) -> None:
    threads = 40
    starts = [letter(f"<{n}@x>") for n in range(threads)]
    replies = [letter(f"<re-{n}@x>", "More", reply_to=f"<{n}@x>") for n in range(threads)]
    await asyncio.gather(
        mailroom.mails(*[mail(raw) for raw in starts]),
        mailroom.mails(*[mail(raw) for raw in reversed(replies)]),
        mailroom.mails(*[mail(raw) for raw in [*replies[::2], *starts[::2]]]),
    )
    announced = await mailroom.announced()
    assert len(announced) == 2 * threads
    assert len({event.data.conversation_id for event in announced}) == threads
    assert len(await mailroom.rows(tables.conversation)) == threads
    sequences = sorted(event.sequence or 0 for event in announced)
    assert sequences == [sequence(1, 1)] * threads + [sequence(2, 1)] * threads


async def test_another_batch_split_gives_the_same_ids(mailroom: Mailroom) -> None:
    events = [mail(raw) for raw in THREAD] + [mail(letter("<d@x>", "Else"))]
    await mailroom.mails(*events[:1])
    await mailroom.mails(*events[1:])
    split = {(event.id, event.partitionkey) for event in await mailroom.announced()}
    # The other tenant is an untouched database for the same mails.
    others = [mail(raw, tenant="other") for raw in THREAD] + [
        mail(letter("<d@x>", "Else"), tenant="other")
    ]
    await mailroom.mails(*others)
    whole = [e for e in await mailroom.announced() if e.tenant == "other"]
    assert [e.id for e in whole] == [
        str(derived_id(other.uid, MessageReceived.TYPE)) for other in others
    ]
    assert split == {
        (str(derived_id(event.uid, MessageReceived.TYPE)), str(opened))
        for event, opened in zip(events, [events[0].uid] * 3 + [events[3].uid], strict=True)
    }


async def test_threads_do_not_cross_tenants(mailroom: Mailroom) -> None:
    await mailroom.mails(mail(THREAD[0]), mail(THREAD[1], tenant="other"))
    first, second = await mailroom.announced()
    assert first.data.conversation_id != second.data.conversation_id


async def test_what_comes_through_no_account_of_its_tenant_is_refused(mailroom: Mailroom) -> None:
    good = mail(letter())
    strays = [
        mail(letter("<2@x>"), source="/channels/unknown"),
        mail(letter("<3@x>"), source="/deskstream/router"),
        mail(letter("<4@x>"), source="/channels/web"),
        mail(letter("<5@x>"), tenant="stranger"),
    ]
    await mailroom.mails(*strays[:2], good, *strays[2:])
    assert {reason for reason, _ in mailroom.refused.values()} == {"unknown-account"}
    assert set(mailroom.refused) == {stray.uid for stray in strays}
    assert [event.data.message_id for event in await mailroom.announced()] == [good.uid]
    assert len(await mailroom.rows(tables.raw_mail)) == 1


async def test_a_large_mail_comes_by_claim_check_and_its_files_go_to_the_blob_store(
    mailroom: Mailroom, blobs: BlobStore
) -> None:
    content = bytes(range(256)) * 400
    raw = _with_file(content, "Rechnung März.pdf")
    key = await blobs.put("mail-gateway", "demo", raw)
    await mailroom.mails(mail_by_blob(raw, key))
    [event] = await mailroom.announced()
    [attachment] = event.data.attachments
    assert (attachment.name, attachment.media_type) == ("Rechnung März.pdf", "application/pdf")
    assert await blobs.get(attachment.blob.key) == content
    [row] = await mailroom.rows(tables.raw_mail)
    # An adapter may take its blob away; what is kept is our own copy.
    assert row.body is None
    assert row.blob_key == f"ingest/demo/{hashlib.sha256(raw).hexdigest()}"
    assert await blobs.get(row.blob_key) == raw


async def test_a_blob_that_is_not_there_not_the_same_or_another_tenants_is_refused(
    mailroom: Mailroom, blobs: BlobStore
) -> None:
    raw = letter(text="x" * 70_000)
    mine = await blobs.put("gateway", "demo", raw)
    theirs = await blobs.put("gateway", "other", raw)
    gone = f"gateway/demo/{'0' * 64}"
    await mailroom.mails(
        mail_by_blob(raw, mine, sha256="1" * 64), mail_by_blob(raw, theirs), mail_by_blob(raw, gone)
    )
    assert [reason for reason, _ in mailroom.refused.values()] == ["missing-blob"] * 3
    assert await mailroom.announced() == []


async def test_a_long_body_travels_by_claim_check(mailroom: Mailroom, blobs: BlobStore) -> None:
    text = "Grüße! " * 20_000
    raw = letter(text=text)
    await mailroom.mails(mail_by_blob(raw, await blobs.put("ingest", "demo", raw)))
    [event] = await mailroom.announced()
    said = event.data
    assert len(said.text.encode()) <= 65_536
    assert text.startswith(said.text)
    assert (await blobs.get(said.text_blob.key)).decode() == text.strip()


async def test_a_chat_session_is_one_conversation_and_a_repeat_says_nothing_new(
    mailroom: Mailroom,
) -> None:
    await mailroom.chats(chat("s1", 1, "Hi"), chat("s2", 1), chat("s1", 2, "there"))
    await mailroom.chats(chat("s1", 2, "there", event_id="sent-again"), chat("s1", 3, "?"))
    announced = await mailroom.announced()
    texts = [event.data.text for event in announced if event.partitionkey == _first(announced)]
    assert texts == ["Hi", "there", "?"]
    assert len(announced) == 4
    assert len(await mailroom.rows(tables.conversation)) == 2
    said = announced[0].data
    assert (said.channel, said.account, said.subject) == ("chat", "web", None)
    assert (said.sender.name, said.sender.address) == ("Ana", "ana@example.com")
    assert (said.language, said.raw_id, said.message_id_header) == ("en", None, None)


async def test_the_same_session_name_elsewhere_is_another_conversation(mailroom: Mailroom) -> None:
    await mailroom.chats(chat("s1", 1), chat("s1", 1, tenant="other"))
    first, second = await mailroom.announced()
    assert first.data.conversation_id != second.data.conversation_id


async def test_a_fast_clock_of_an_adapter_is_not_believed(mailroom: Mailroom) -> None:
    given = chat("s1", 1)
    fast = chat("s1", 2, at=AT + timedelta(days=1))
    await mailroom.chats(given, type(fast)(fast.uid, fast.event, fast.data, AT))
    assert [event.data.received_at for event in await mailroom.announced()] == [AT, AT]


async def test_nul_and_half_characters_harm_nothing(mailroom: Mailroom) -> None:
    await mailroom.mails(mail(letter(text="a\0b \udc80c".encode("utf-8", "surrogateescape").decode(
        "latin-1"))))  # fmt: skip
    [event] = await mailroom.announced()
    assert "\0" not in event.data.text
    assert event.data.text.startswith("ab")


async def test_a_message_stored_by_an_older_parser_is_not_stored_again(mailroom: Mailroom) -> None:
    given = mail(letter())
    await mailroom.mails(given)
    async with mailroom.unit.database.writing() as session:
        await session.execute(tables.message.update().values(identity=UUID(int=1)))
    await mailroom.mails(given)
    assert len(await mailroom.rows(tables.message)) == 1
    assert len(await mailroom.announced()) == 1


async def test_nothing_is_kept_of_an_empty_batch(mailroom: Mailroom) -> None:
    async with mailroom.unit.begin() as (session, outbox, _now):
        kept = await keep(session, [])
        assert isinstance(outbox, Outbox)
    assert (kept.new, kept.ids) == ([], {})


def _first(announced: list) -> str | None:  # type: ignore[type-arg]
    found: str | None = announced[0].partitionkey
    return found


def _with_file(content: bytes, name: str) -> bytes:
    encoded = base64.encodebytes(content)
    return (
        b"From: ana@example.com\r\nMessage-ID: <file@x>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n'
        b"\r\nSee the file.\r\n--b\r\nContent-Type: application/pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; "
        + b"filename*=utf-8''Rechnung%20M%C3%A4rz.pdf\r\n\r\n"
        + encoded
        + b"--b--\r\n"
    )
