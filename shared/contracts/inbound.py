"""What channel adapters publish, before anybody has looked inside. Mails, chat messages: stable."""

import base64
import hashlib
from typing import Annotated, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from .payload import (
    Address,
    Base64,
    BlobRef,
    ExternalId,
    Language,
    Moment,
    Name,
    Part,
    Payload,
    Text,
    open_enum,
)

_ONE_OF_RAW_AND_BLOB: JsonDict = {
    "oneOf": [
        {
            "required": ["raw"],
            "properties": {"raw": {"type": "string"}, "blob": {"type": "null"}},
        },
        {
            "required": ["blob"],
            "properties": {"raw": {"type": "null"}, "blob": {"type": "object"}},
        },
    ]
}


class InboundEmailReceived(Payload):
    """A mail arrived. Exactly one of `raw` and `blob` holds its bytes as they came, RFC 5322.

    Kafka key: SHA-256 of the raw mail in hexadecimal.
    """

    TYPE: ClassVar[str] = "support.inbound.email.received.v1"

    model_config = ConfigDict(json_schema_extra=_ONE_OF_RAW_AND_BLOB)

    raw: Base64 | None = Field(
        default=None, description="The whole mail in base64, when it is at most 65,536 bytes long."
    )
    blob: BlobRef | None = Field(
        default=None, description="Where the whole mail lies, when it is longer than 65,536 bytes."
    )
    received_at: Moment = Field(description="When the adapter took the mail in, RFC 3339.")
    envelope_from: Address | None = Field(
        default=None,
        description="SMTP MAIL FROM; null for the empty reverse path of a bounce, or if unknown.",
    )
    envelope_to: tuple[Address, ...] = Field(
        default=(), description="SMTP RCPT TO, at most 100; empty if unknown.", max_length=100
    )

    @model_validator(mode="after")
    def _holds_one_mail(self) -> Self:
        if (self.raw is None) == (self.blob is None):
            raise ValueError("exactly one of raw and blob must be given")
        return self

    def record_key(self) -> str | None:
        if self.raw is None:
            return self.blob.sha256 if self.blob else None
        return hashlib.sha256(base64.b64decode(self.raw)).hexdigest()

    def decoded(self) -> bytes | None:
        """The mail's bytes if they travel inside, else None (then `blob` names them)."""
        return None if self.raw is None else base64.b64decode(self.raw)


class ChatVisitor(Part):
    """What a chat knows of the person on the other side."""

    name: Name | None = Field(default=None, description="Name the visitor gave; null if none.")
    email: Address | None = Field(
        default=None, description="Mail address the visitor gave, not verified; null if none."
    )


class ChatFile(Part):
    """A file that a visitor sent with a chat message; its bytes lie in the blob store."""

    name: str = Field(description="File name as given, without a path.", max_length=255)
    blob: BlobRef = Field(description="Where the bytes lie, and their media type as declared.")


class InboundChatMessageSent(Payload):
    """A visitor said something in a chat session. Kafka key: the session id."""

    TYPE: ClassVar[str] = "support.inbound.chat.message-sent.v1"

    session_id: ExternalId = Field(
        description="The chat session, unique within the channel account."
    )
    message_id: ExternalId = Field(
        description="The client's own id of the message; the same for each retry of it."
    )
    text: Text = Field(description="What was said, plain text, at most 65,536 bytes of UTF-8.")
    sent_at: Moment = Field(description="When the visitor sent it by the client's clock, RFC 3339.")
    visitor: ChatVisitor | None = Field(
        default=None, description="Who said it; null for an anonymous visitor."
    )
    language: Language | None = Field(
        default=None, description="Language of the chat page, BCP 47; null if unknown."
    )
    files: tuple[ChatFile, ...] = Field(
        default=(), description="Files sent with it, at most 10.", max_length=10
    )
    held_by: Annotated[str, open_enum("bot", "people")] = Field(
        default="people",
        description="Who answers the session now. What is said to a bot opens no ticket.",
    )

    def record_key(self) -> str:
        return self.session_id


class InboundChatSessionEnded(Payload):
    """A chat session of an adapter's is over. Kafka key: the session id."""

    TYPE: ClassVar[str] = "support.inbound.chat.session-ended.v1"

    session_id: ExternalId = Field(
        description="The chat session, as in its messages; one without messages is ignored."
    )
    ended_at: Moment = Field(description="When it ended, RFC 3339.")
    by: Annotated[str, open_enum("visitor", "agent", "system")] = Field(
        default="visitor", description="Who ended it; system: it was idle."
    )

    def record_key(self) -> str:
        return self.session_id
