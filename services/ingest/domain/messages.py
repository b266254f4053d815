"""A message as ingest keeps it, whichever channel it came by or leaves by."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from services.ingest.domain.headers import Person

Direction = Literal["inbound", "outbound"]

MessageKind = Literal["message", "bounce", "complaint", "auto-reply"]
"""What a message is, see `domain.kinds`; everything that is no mail is a message."""

Sentiment = Literal["positive", "neutral", "negative", "unknown"]

LONGEST_TEXT = 65_536
"""Bytes of UTF-8 that a body has at most where it travels and lies inside a row."""


@dataclass(frozen=True, slots=True)
class Blob:
    """Where bytes lie in the blob store, and what they are."""

    key: str
    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    name: str
    blob: Blob
    inline: bool
    content_id: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """The telephone call that a message stands for; lengths in seconds, None where unknown."""

    call_id: str
    outcome: str
    waiting_seconds: int | None = None
    talking_seconds: int | None = None
    answered_by: str | None = None
    recording_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. identity: equal for copies of the same message within a tenant.

    conversation_id is the message's own id until the thread is known. text, quoted and html hold at
    most 64 KiB each; where there was more, text and quoted are its beginning, html is None, and the
    blob has all. Times are UTC.

    text: what its writer said; quoted: what stood below and was not theirs. public: a post that
    anybody can read; reach: how many people saw it or may have. network: which messaging network
    it came by. urgent: to be answered before others. spam: kept back, announced only when it is
    released. own: a mail of ours that came back. reply_to: whom the sender wants an answer to go
    to, None for the sender. authentication: SPF, DKIM and DMARC results, by method, and who
    checked (`by`). thread_id: the conversation's name at the other end. wished_at: when the
    customer wants to hear from us.
    """

    tenant: str
    id: UUID
    identity: UUID
    conversation_id: UUID
    direction: Direction
    channel: str
    account: str
    sender: Person
    received_at: datetime
    raw_id: UUID | None = None
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    subject: str | None = None
    text: str = ""
    text_blob: Blob | None = None
    html: str | None = None
    html_blob: Blob | None = None
    attachments: tuple[Attachment, ...] = ()
    header_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    sent_at: datetime | None = None
    automatic: bool = False
    language: str | None = None
    kind: MessageKind = "message"
    quoted: str = ""
    quoted_blob: Blob | None = None
    public: bool = False
    reach: int | None = None
    sentiment: Sentiment | None = None
    urgent: bool = False
    network: str | None = None
    spam: bool = False
    own: bool = False
    customer_id: UUID | None = None
    reply_to: Person | None = None
    authentication: Mapping[str, str] = field(default_factory=dict)
    thread_id: str | None = None
    call: Call | None = None
    wished_at: datetime | None = None

    @property
    def has_html(self) -> bool:
        """Whether it has an HTML body, here or as a blob."""
        return self.html is not None or self.html_blob is not None

    def blob_keys(self) -> set[str]:
        """Keys of all blobs that it names: bodies and files."""
        bodies = (self.text_blob, self.html_blob, self.quoted_blob)
        return {one.key for one in bodies if one} | {one.blob.key for one in self.attachments}

    def within(self, conversation_id: UUID) -> Self:
        """The message as part of a conversation."""
        if conversation_id == self.conversation_id:
            return self
        return replace(self, conversation_id=conversation_id)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages that belong together. version: how many inbound messages it has announced."""

    tenant: str
    id: UUID
    channel: str
    account: str
    subject: str | None
    customer: Person
    version: int
