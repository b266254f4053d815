"""What is to be said to customers; the channel's adapter says it."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from .messages import Attachment
from .payload import Channel, Count, ExternalId, Line, Moment, Party, Payload, Text, open_enum

OutgoingKind = Annotated[
    str,
    open_enum("reply", "acknowledgement", "survey", "bot", "broadcast", "proactive", "transcript"),
]
"""Why something is sent; open enum."""


class OutgoingRequested(Payload):
    """Something is to be sent to a conversation, or to a recipient whose conversation id is new.

    Kafka key: the conversation id. The requests of one conversation are sent in their order.
    """

    TYPE: ClassVar[str] = "support.outgoing.requested.v1"

    request_id: UUID = Field(description="Id of the request; deliveries name it.")
    conversation_id: UUID = Field(
        description="Conversation to send to; a new id if `recipient` begins a new one."
    )
    kind: OutgoingKind = Field(description="Why it is sent.")
    ticket_id: UUID | None = Field(default=None, description="Ticket it belongs to; null if none.")
    ticket_number: Count | None = Field(
        default=None,
        description="That ticket's number: who is sent it may name it in a subject, `[#1042]`.",
    )
    text: Text = Field(description="Plain text, at most 65,536 bytes of UTF-8.")
    html: Text | None = Field(
        default=None,
        description="HTML of the same, at most 65,536 bytes; null for plain text only.",
    )
    subject: Line | None = Field(
        default=None, description="Subject line; null: that of the conversation, with Re:."
    )
    recipient: Party | None = Field(
        default=None, description="Whom to send to; null: the customer of the conversation."
    )
    channel: Channel | None = Field(
        default=None, description="Channel to send by; null: that of the conversation."
    )
    automatic: bool = Field(
        default=False,
        description="True if no person wrote it: marked so for other robots (RFC 3834).",
    )
    hand_over: bool = Field(
        default=False,
        description="True if the bot gives a live conversation to people with this turn.",
    )
    attachments: tuple[Attachment, ...] = Field(
        default=(),
        description="Files to send along, at most 50; those that are inline need a content_id"
        " that the HTML shows. The sender limits their bytes together.",
        max_length=50,
    )
    unsubscribe_url: Line | None = Field(
        default=None,
        description="Where the recipient says that nothing like it shall come again (RFC 8058:"
        " a POST there suffices); null: nowhere.",
        pattern=r"^https?://[^\s<>]+$",
    )
    requested_by: ExternalId = Field(
        description="Who asked: an agent's id, or the name of the service."
    )
    requested_at: Moment = Field(description="When it was asked for.")

    def record_key(self) -> str:
        return str(self.conversation_id)
