"""A stored message as the event that the other services read."""

from collections.abc import Sequence

from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Attachment, Blob, Message
from shared.contracts import messages as contract
from shared.contracts.messages import MessageReceived
from shared.contracts.payload import BlobRef, Party
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox


def announce_received(outbox: Outbox, message: Message, version: int, cause: Cause) -> None:
    """Announces an inbound message; version: its conversation's after it."""
    key = str(message.conversation_id)
    outbox.add(
        received(message), tenant=message.tenant, key=key, subject=str(message.id), cause=cause,
        sequence=outbox.sequence(version), time=message.received_at,
    )  # fmt: skip


def received(message: Message) -> MessageReceived:
    """The payload. Every limit of the contract was kept when the message was made."""
    return MessageReceived(
        message_id=message.id, conversation_id=message.conversation_id, channel=message.channel,
        account=message.account, direction=message.direction, sender=party(message.sender),
        to=_parties(message.to), cc=_parties(message.cc), subject=message.subject,
        text=message.text, text_blob=None if message.text_blob is None else blob(message.text_blob),
        has_html=message.has_html, attachments=tuple(map(_attachment, message.attachments)),
        message_id_header=message.header_id, in_reply_to=message.in_reply_to,
        references=message.references, sent_at=message.sent_at, received_at=message.received_at,
        automatic=message.automatic, raw_id=message.raw_id, language=message.language,
        kind=message.kind, quoted=message.quoted, public=message.public, reach=message.reach,
        sentiment=message.sentiment, urgent=message.urgent, network=message.network,
        spam=message.spam,
        customer_id=message.customer_id,
    )  # fmt: skip


def party(person: Person) -> Party:
    """A person as contracts name one."""
    return Party(name=person.name, address=person.address)


def blob(given: Blob) -> BlobRef:
    """A blob as contracts name one."""
    return BlobRef(key=given.key, size=given.size, sha256=given.sha256, media_type=given.media_type)


def _parties(people: Sequence[Person]) -> tuple[Party, ...]:
    return tuple(party(person) for person in people)


def _attachment(given: Attachment) -> contract.Attachment:
    return contract.Attachment(
        name=given.name, media_type=given.blob.media_type, size=given.blob.size,
        sha256=given.blob.sha256, blob=blob(given.blob), inline=given.inline,
        content_id=given.content_id,
    )  # fmt: skip
