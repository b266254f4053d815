"""Messages as the API shows them."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.ingest.domain.deliveries import Delivery
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Attachment, Message
from services.ingest.repository.raw_mails import RawMail


class PersonView(BaseModel):
    """Somebody on one end of a message."""

    name: str | None
    address: str | None = Field(description="Mail address or the channel's own handle")

    @classmethod
    def of(cls, person: Person) -> Self:
        """From the domain."""
        return cls(name=person.name, address=person.address)


class AttachmentView(BaseModel):
    """A file that came with a message."""

    name: str
    media_type: str = Field(description="As the sender declared it; not to be trusted")
    size: int = Field(description="Bytes")
    sha256: str
    inline: bool = Field(description="Whether the HTML body shows it in place")
    content_id: str | None
    blob: str = Field(description="Key in the blob store")

    @classmethod
    def of(cls, given: Attachment) -> Self:
        """From the domain."""
        return cls(
            name=given.name, media_type=given.blob.media_type, size=given.blob.size,
            sha256=given.blob.sha256, inline=given.inline, content_id=given.content_id,
            blob=given.blob.key,
        )  # fmt: skip


class DeliveryView(BaseModel):
    """How far an outbound message has come."""

    state: Literal["queued", "sending", "sent", "failed", "not-confirmed"]
    attempts: int
    reason: str | None = Field(description="What the channel said last")
    delivered_at: datetime | None = Field(description="When it reached the customer's device")
    read_at: datetime | None = Field(description="When the customer saw it; null if not known")

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """From the domain."""
        return cls(
            state=delivery.state, attempts=delivery.attempts, reason=delivery.reason,
            delivered_at=delivery.delivered_at, read_at=delivery.read_at,
        )  # fmt: skip


class MessageSummary(BaseModel):
    """One message of a conversation."""

    id: UUID
    conversation_id: UUID
    direction: Literal["inbound", "outbound"]
    channel: str
    account: str = Field(description="The channel account that it came or goes through")
    sender: PersonView
    to: list[PersonView]
    cc: list[PersonView]
    subject: str | None
    text: str = Field(description="Plain text, its first 64 KiB")
    complete: bool = Field(description="False where the text is longer than shown")
    has_html: bool
    attachments: list[AttachmentView]
    message_id_header: str | None
    automatic: bool = Field(description="Whether a robot wrote it")
    language: str | None
    kind: Literal["message", "bounce", "complaint", "auto-reply"]
    public: bool = Field(description="Whether anybody can read the post")
    reach: int | None = Field(description="How many people saw the post or may have")
    sentiment: Literal["positive", "neutral", "negative", "unknown"] | None
    urgent: bool = Field(description="To be answered before others: a public complaint")
    network: str | None = Field(description="Messaging network, such as whatsapp")
    spam: bool = Field(description="Whether it is held in quarantine")
    customer_id: UUID | None
    sent_at: datetime | None = Field(description="By the sender's clock")
    received_at: datetime = Field(description="When we took it in")
    delivery: DeliveryView | None = Field(None, description="Of an outbound message")


class MessageDetail(MessageSummary):
    """One message with its HTML."""

    html: str | None = Field(description="Sanitised HTML; null where there is none, or too much")
    in_reply_to: str | None
    references: list[str]
    quoted: str = Field(description="What stood below the text and is not its writer's")
    reply_to: PersonView | None = Field(description="Whom answers go to; null for the sender")
    own: bool = Field(description="Whether it is a mail of ours that came back")
    authentication: dict[str, str] = Field(
        description="SPF, DKIM and DMARC results by method, and who checked (`by`); "
        "empty where nobody did"
    )


class RawView(BaseModel):
    """A mail as it came; its bytes are at /v1/messages/{id}/raw."""

    id: UUID
    account: str
    size: int = Field(description="Bytes")
    sha256: str
    received_at: datetime

    @classmethod
    def of(cls, raw: RawMail) -> Self:
        """From the row."""
        return cls(
            id=raw.id, account=raw.account, size=raw.size, sha256=raw.sha256.hex(),
            received_at=raw.received_at,
        )  # fmt: skip


class Found(BaseModel):
    """What became of a raw mail, or what a message says: both ids lead here."""

    state: Literal["received", "parsed"] = Field(
        description="received: stored, not read yet; parsed: `message` says what it is"
    )
    raw: RawView | None = Field(description="Null for a message that did not come as a mail")
    message: MessageDetail | None = Field(description="Null until the mail has been read")


def summary(message: Message, delivery: Delivery | None) -> MessageSummary:
    """A message in a list."""
    return MessageSummary.model_validate(_shown(message, delivery))


def detail(message: Message, delivery: Delivery | None) -> MessageDetail:
    """A message by itself."""
    more = {
        "html": message.html,
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "quoted": message.quoted,
        "reply_to": None if message.reply_to is None else PersonView.of(message.reply_to),
        "own": message.own,
        "authentication": dict(message.authentication),
    }
    return MessageDetail.model_validate(_shown(message, delivery) | more)


def _shown(message: Message, delivery: Delivery | None) -> dict[str, object]:
    same = (
        "id", "conversation_id", "direction", "channel", "account", "subject", "text", "has_html",
        "automatic", "language", "sent_at", "received_at", "kind", "public", "reach", "sentiment",
        "urgent", "network", "spam", "customer_id",
    )  # fmt: skip
    return {name: getattr(message, name) for name in same} | {
        "sender": PersonView.of(message.sender),
        "to": [PersonView.of(person) for person in message.to],
        "cc": [PersonView.of(person) for person in message.cc],
        "complete": message.text_blob is None,
        "attachments": [AttachmentView.of(one) for one in message.attachments],
        "message_id_header": message.header_id,
        "delivery": None if delivery is None else DeliveryView.of(delivery),
    }
