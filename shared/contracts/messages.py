"""What ingest makes of inbound contacts: messages with a sender, a text and a conversation."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from .calls import Call
from .payload import (
    Address,
    BlobRef,
    Channel,
    Count,
    ExternalId,
    Language,
    Line,
    Moment,
    Part,
    Party,
    Payload,
    Text,
    open_enum,
)

Direction = Annotated[str, open_enum("inbound", "outbound")]
"""Towards us or away from us; open enum."""

MessageKind = Annotated[str, open_enum("message", "bounce", "complaint", "auto-reply")]
"""bounce: a mail could not be delivered; complaint: one was reported as abuse; open enum."""

Sentiment = Annotated[str, open_enum("positive", "neutral", "negative", "unknown")]
"""How a text sounds; unknown where no classifier knows its language; open enum."""


BounceReason = Annotated[
    str,
    open_enum(
        "unknown-user", "unknown-host", "moved", "not-accepting", "mailbox-full", "too-big",
        "blocked", "policy", "content", "expired", "other",
    ),
]  # fmt: skip
"""Why a mail did not arrive; open enum."""


class Attachment(Part):
    """A file that came with a message; its bytes lie in the blob store."""

    name: str = Field(default="", description="File name as given, without a path.", max_length=255)
    media_type: str = Field(
        default="application/octet-stream",
        description="Media type as declared by the sender; not to be trusted.",
        max_length=255,
    )
    size: Count = Field(description="Length in bytes, decoded.")
    sha256: str = Field(
        description="SHA-256 of the bytes in lower-case hexadecimal.", pattern=r"^[0-9a-f]{64}$"
    )
    blob: BlobRef = Field(description="Where the bytes lie.")
    inline: bool = Field(default=False, description="True if the HTML body shows it in place.")
    content_id: Line | None = Field(
        default=None, description="Content-ID without angle brackets; null if it has none."
    )


class MessageEvent(Payload):
    """A message that came in and has found its conversation. Kafka key: the conversation id."""

    message_id: UUID = Field(description="The suite's id of the message.")
    conversation_id: UUID = Field(description="The conversation that the message belongs to.")
    channel: Channel = Field(description="Kind of channel it came by.")
    account: ExternalId = Field(description="Id of the channel account it came through.")
    direction: Direction = Field(
        default="inbound",
        description="inbound: from a customer; outbound: sent by us outside of Deskstream.",
    )
    sender: Party = Field(description="Who wrote it.")
    to: tuple[Party, ...] = Field(
        default=(), description="Whom it was written to, at most 100.", max_length=100
    )
    cc: tuple[Party, ...] = Field(
        default=(), description="Who got a copy, at most 100.", max_length=100
    )
    subject: Line | None = Field(
        default=None, description="Subject line, decoded; null where the channel has none."
    )
    text: Text = Field(
        default="",
        description="Plain text without the quoted history, at most 65,536 bytes of UTF-8; "
        "if `text_blob` is set, the beginning of it.",
    )
    text_blob: BlobRef | None = Field(
        default=None, description="The whole text as UTF-8 if it is longer than 65,536 bytes."
    )
    has_html: bool = Field(default=False, description="True if the message has an HTML body too.")
    attachments: tuple[Attachment, ...] = Field(
        default=(), description="Files that came with it, at most 200.", max_length=200
    )
    message_id_header: Line | None = Field(
        default=None, description="Message-ID with angle brackets; null where there is none."
    )
    in_reply_to: Line | None = Field(
        default=None, description="First Message-ID of In-Reply-To; null where there is none."
    )
    references: tuple[Line, ...] = Field(
        default=(),
        description="Message-IDs of References, oldest first, the last 50.",
        max_length=50,
    )
    sent_at: Moment | None = Field(
        default=None, description="When it was sent, by the sender's clock; null if unknown."
    )
    received_at: Moment = Field(description="When we took it in; what lengths are reckoned from.")
    automatic: bool = Field(
        default=False,
        description="True if a robot wrote it (RFC 3834 Auto-Submitted, bounces, lists): "
        "never answer it automatically.",
    )
    raw_id: UUID | None = Field(
        default=None, description="Id of the raw mail it was parsed from; null for other channels."
    )
    language: Language | None = Field(
        default=None, description="Language of the text, BCP 47; null if unknown."
    )
    kind: MessageKind = Field(
        default="message", description="What it is; all that is no mail is a message."
    )
    quoted: Text = Field(
        default="",
        description="What stood below the text and its writer did not write: quoted mails, "
        "signatures, disclaimers; at most its first 65,536 bytes of UTF-8.",
    )
    public: bool = Field(default=False, description="True for a post that anybody can read.")
    reach: Count | None = Field(
        default=None, description="How many people saw the post or may have; null if unknown."
    )
    sentiment: Sentiment | None = Field(
        default=None, description="How it sounds; null where nobody has looked."
    )
    urgent: bool = Field(
        default=False,
        description="True if it should be answered before others: a public complaint.",
    )
    network: str | None = Field(
        default=None,
        description="Messaging network it came by, such as `whatsapp`; null elsewhere.",
        max_length=40,
    )
    held_by: Annotated[str, open_enum("bot", "people")] = Field(
        default="people",
        description="Who answers the conversation now: bot in a chat until it is handed over.",
    )
    spam: bool = Field(
        default=False, description="True if it was held in quarantine and has been released."
    )
    customer_id: UUID | None = Field(
        default=None, description="The customer that the sender is known to be; null if unknown."
    )

    thread_id: ExternalId | None = Field(
        default=None,
        description="The adapter's own name of the conversation: chat session, network thread, "
        "call or submission; null for mails.",
    )
    call: Call | None = Field(
        default=None, description="The telephone call that it stands for; null for all else."
    )
    wished_at: Moment | None = Field(
        default=None, description="When the customer wants to hear from us; null: no such wish."
    )

    def record_key(self) -> str:
        return str(self.conversation_id)


class MessageReceived(MessageEvent):
    """Somebody wrote; what was held back as spam is announced when it is released."""

    TYPE: ClassVar[str] = "support.message.received.v1"


class MessageAutoReplied(MessageEvent):
    """A robot answered for somebody who is away. It opens and reopens nothing."""

    TYPE: ClassVar[str] = "support.message.auto-replied.v1"


class MessageBounced(MessageEvent):
    """A notice that a mail did not arrive. Its conversation is that of the mail, if it is ours."""

    TYPE: ClassVar[str] = "support.message.bounced.v1"

    request_id: UUID | None = Field(
        default=None, description="The delivery that it is about; null if it is none of ours."
    )
    failed_recipient: Address | None = Field(
        default=None, description="Address that the mail was for; null where nothing says it."
    )
    status: str | None = Field(
        default=None, description="Enhanced status code (RFC 3463); null if none.", max_length=20
    )
    hard: bool = Field(description="True if the address will never work.")
    reason: BounceReason = Field(description="Why it did not arrive.")


class MessageReported(MessageEvent):
    """A recipient reported a mail of ours as abuse (RFC 5965)."""

    TYPE: ClassVar[str] = "support.message.reported.v1"

    request_id: UUID | None = Field(
        default=None, description="The delivery that it is about; null if it is none of ours."
    )
    reporter: Address | None = Field(
        default=None, description="Address that the mail was for; null where nothing says it."
    )
    feedback: str = Field(
        description="Feedback-Type of the report, such as abuse or opt-out.", max_length=40
    )


class ConversationMerged(Payload):
    """Two conversations turned out to be one. Kafka key: the surviving conversation's id.

    The older one survives; its messages are announced under its id from now on. The other id stays
    good for reading: it leads to the same conversation.
    """

    TYPE: ClassVar[str] = "support.conversation.merged.v1"

    conversation_id: UUID = Field(description="The conversation that survives.")
    merged_id: UUID = Field(description="The conversation that is part of it now.")
    message_id: UUID = Field(description="The message that named both.")
    at: Moment = Field(description="When that message came.")

    def record_key(self) -> str:
        return str(self.conversation_id)
