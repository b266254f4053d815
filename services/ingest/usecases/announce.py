"""A stored message as the events that the other services read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from services.ingest.domain.deliveries import Delivery
from services.ingest.domain.headers import LONGEST_ADDRESS, Person
from services.ingest.domain.kinds import Bounce, Complaint
from services.ingest.domain.messages import Attachment, Blob, Message
from services.ingest.domain.threads import Merge
from shared.contracts import messages as contract
from shared.contracts.calls import Call
from shared.contracts.deliveries import DeliveryBounced
from shared.contracts.messages import (
    ConversationMerged,
    MessageAutoReplied,
    MessageBounced,
    MessageEvent,
    MessageReceived,
    MessageReported,
)
from shared.contracts.payload import BlobRef, Party
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Notice:
    """What a mail says about a mail of ours, and the delivery that it is about, if it is one.

    opens: whether the account wants automatic replies to be treated like any message.
    """

    bounce: Bounce | None = None
    complaint: Complaint | None = None
    delivery: Delivery | None = None
    opens: bool = False


_PLAIN: Final = Notice()


def announce(
    outbox: Outbox,
    message: Message,
    version: int,
    cause: Cause,
    notice: Notice = _PLAIN,
    *,
    merges: Sequence[Merge] = (),
) -> None:
    """Announces an inbound message as what it is; version: its conversation's after it.

    Before it the conversations that it showed to be one; after it the delivery that came back.
    """
    for merge in merges:
        announce_merge(outbox, merge, cause)
    _add(outbox, message, _payload(message, notice), version, cause)
    if notice.bounce is not None and notice.delivery is not None:
        announce_bounced(outbox, message, notice.bounce, notice.delivery, cause)


def announce_received(
    outbox: Outbox, message: Message, version: int, cause: Cause, *, held_by: str = "people"
) -> None:
    """Announces what somebody wrote; version: its conversation's after it; held_by: who answers."""
    fields = _fields(message) | {"held_by": held_by}
    _add(outbox, message, MessageReceived.model_validate(fields), version, cause)


def announce_merge(outbox: Outbox, merge: Merge, cause: Cause) -> None:
    """Announces that two conversations are one. The caller has locked both."""
    payload = ConversationMerged(
        conversation_id=merge.survivor, merged_id=merge.loser, message_id=merge.arrival,
        at=merge.at,
    )  # fmt: skip
    key = str(merge.survivor)
    outbox.add(payload, tenant=merge.tenant, key=key, subject=str(merge.loser), cause=cause)


def announce_bounced(
    outbox: Outbox, message: Message, bounce: Bounce, delivery: Delivery, cause: Cause
) -> None:
    """Announces that a mail came back; message: the notice that says so."""
    payload = DeliveryBounced(
        request_id=delivery.request_id, conversation_id=delivery.conversation_id,
        ticket_id=delivery.ticket_id, kind=delivery.kind, channel=delivery.channel,
        recipient=_address(bounce.recipient) or delivery.recipient, at=message.received_at,
        attempts=delivery.attempts, reason=bounce.reason, hard=bounce.hard, status=bounce.status,
        message_id=message.id,
    )  # fmt: skip
    outbox.add(
        payload, tenant=delivery.tenant, key=str(delivery.conversation_id),
        subject=str(delivery.request_id), cause=cause,
    )  # fmt: skip


def _payload(message: Message, notice: Notice) -> MessageEvent:
    fields = _fields(message)
    request_id = notice.delivery.request_id if notice.delivery else None
    if message.kind == "bounce" and notice.bounce is not None:
        bounce = notice.bounce
        fields |= {
            "request_id": request_id, "failed_recipient": _address(bounce.recipient),
            "status": bounce.status, "hard": bounce.hard, "reason": bounce.reason,
        }  # fmt: skip
        return MessageBounced.model_validate(fields)
    if message.kind == "complaint" and notice.complaint is not None:
        reporter = _address(notice.complaint.recipient)
        fields |= {
            "request_id": request_id, "reporter": reporter,
            "feedback": notice.complaint.feedback[:40],
        }  # fmt: skip
        return MessageReported.model_validate(fields)
    if message.kind == "auto-reply" and not notice.opens:
        return MessageAutoReplied.model_validate(fields)
    return MessageReceived.model_validate(fields)


def _address(given: str | None) -> str | None:
    return (given or "")[:LONGEST_ADDRESS] or None


def _add(
    outbox: Outbox, message: Message, payload: MessageEvent, version: int, cause: Cause
) -> None:
    outbox.add(
        payload, tenant=message.tenant, key=str(message.conversation_id),
        subject=str(message.id), cause=cause, sequence=outbox.sequence(version),
        time=message.received_at,
    )  # fmt: skip


def _fields(message: Message) -> dict[str, Any]:
    """What all events of a message say. Every limit was kept when the message was made."""
    return dict(
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
        spam=message.spam, customer_id=message.customer_id, thread_id=message.thread_id,
        call=None if message.call is None else Call(**asdict(message.call)),
        wished_at=message.wished_at,
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
