"""Mails and chats on a real database: each becomes one message in the right conversation."""

import base64
import hashlib
from datetime import timedelta
from uuid import UUID

from services.ingest import tables
from services.ingest.usecases.accept_mail import NoAccount
from shared.contracts.inbound import InboundEmailReceived
from shared.contracts.messages import MessageReceived
from shared.messaging import derived_id, sequence
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
