"""What became of outgoing messages.

Each request ends in one of sent, failed and not-confirmed; what the channel says of a sent one
later comes after that.
"""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from .outgoing import OutgoingKind
from .payload import Address, Channel, Count, Line, Moment, Payload


class DeliveryEvent(Payload):
    """What all delivery events have in common. Kafka key: the conversation id."""

    request_id: UUID = Field(description="The `request_id` of the outgoing.requested.")
    conversation_id: UUID = Field(description="Conversation that it was for.")
    ticket_id: UUID | None = Field(default=None, description="Ticket it belongs to; null if none.")
    kind: OutgoingKind = Field(description="Why it was sent, as requested.")
    channel: Channel = Field(description="Channel that it went by, or was to.")
    recipient: Address | None = Field(
        default=None, description="Address it went to; null if it had none."
    )
    at: Moment = Field(description="When its end was known.")
    message_id_header: Line | None = Field(
        default=None, description="Message-ID of the mail with angle brackets; null elsewhere."
    )
    attempts: Count = Field(default=1, description="How often it was tried.")
    reason: str | None = Field(
        default=None,
        description="What the channel said; null if it said nothing; at most 500 characters.",
        max_length=500,
    )

    def record_key(self) -> str:
        return str(self.conversation_id)


class DeliverySent(DeliveryEvent):
    """The channel took the message. Whether a person saw it is not known by this."""

    TYPE: ClassVar[str] = "support.delivery.sent.v1"


class DeliveryFailed(DeliveryEvent):
    """The message was refused for good, and certainly not delivered."""

    TYPE: ClassVar[str] = "support.delivery.failed.v1"


class DeliveryNotConfirmed(DeliveryEvent):
    """Nobody can say whether the message arrived: the channel stopped answering in the middle."""

    TYPE: ClassVar[str] = "support.delivery.not-confirmed.v1"


class DeliveryRead(DeliveryEvent):
    """The channel says that the customer has seen a message that was sent; `at`: when."""

    TYPE: ClassVar[str] = "support.delivery.read.v1"


class DeliveryBounced(DeliveryEvent):
    """A mail that was sent came back later; `recipient`: the address that failed, `at`: when.

    `reason` is one of the words of message.bounced, such as unknown-user.
    """

    TYPE: ClassVar[str] = "support.delivery.bounced.v1"

    hard: bool = Field(description="True if the address will never work; false: try again later.")
    status: str | None = Field(
        default=None, description="Enhanced status code (RFC 3463); null if none.", max_length=20
    )
    message_id: UUID = Field(description="The message.bounced that says so.")
