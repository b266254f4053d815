"""Customers: who they are and what is known about them; each key's last event is its full state.

Adapters of CRM systems tell what they know by `customer.changed` too: under a key of their own, the
`external_id`, without a `customer_id`, and with the identities by which ingest finds the customer.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from .payload import Channel, ExternalId, Label, Language, Moment, Name, Part, Payload, open_enum

IdentityKind = Annotated[str, open_enum("email", "phone", "handle", "chat", "typed", "external")]
"""typed: what somebody wrote into a form and nothing has proved; open enum."""

MergeProof = Annotated[str, open_enum("person", "reply-token", "adapter")]
"""Why two customers are one: somebody said so, a signed reply, an adapter's word; open enum."""


class CustomerIdentity(Part):
    """What a customer is known by."""

    kind: IdentityKind = Field(description="What the value is.")
    value: str = Field(
        description="Mail address in lower case, E.164 number, or the network's own id.",
        min_length=1,
        max_length=320,
    )
    network: str | None = Field(
        default=None, description="Network of a handle, such as `telegram`.", max_length=40
    )
    account: ExternalId | None = Field(
        default=None, description="Channel account that a handle or session belongs to."
    )
    verified: bool = Field(default=False, description="True if it is proved to be the customer's.")


class CustomerChanged(Payload):
    """The whole customer after a change. Kafka key: the customer id, or an adapter's external id.

    From an adapter, null means that it says nothing about it.
    """

    TYPE: ClassVar[str] = "support.customer.changed.v1"

    customer_id: UUID | None = Field(
        default=None, description="The suite's id of the customer; null from adapters."
    )
    external_id: ExternalId | None = Field(
        default=None, description="An adapter's own id of the customer; null from ingest."
    )
    name: Name | None = Field(default=None, description="What the customer is called.")
    identities: tuple[CustomerIdentity, ...] = Field(
        default=(), description="What the customer is known by, at most 200.", max_length=200
    )
    plan: Label | None = Field(default=None, description="The plan that the customer is on.")
    value: float | None = Field(
        default=None,
        description="What the customer is worth a year, in the tenant's currency.",
        ge=0,
        le=1e15,
    )
    language: Language | None = Field(
        default=None, description="Language that the customer wants to be answered in, BCP 47."
    )
    preferred_channel: Channel | None = Field(
        default=None, description="Channel that the customer wants to be answered by."
    )
    aliases: tuple[UUID, ...] = Field(
        default=(), description="Ids of customers that are part of this one.", max_length=1000
    )
    changed_at: Moment = Field(description="When this state came about.")

    def record_key(self) -> str | None:
        return str(self.customer_id) if self.customer_id else self.external_id


class CustomerMerged(Payload):
    """A customer is part of another one. Kafka key: the id of the one that is a part now.

    That id stays good for ever: it leads to `into`, whose whole state follows under its own key.
    """

    TYPE: ClassVar[str] = "support.customer.merged.v1"

    customer_id: UUID = Field(description="The customer that is a part now.")
    into: UUID = Field(description="The customer that it belongs to.")
    proof: MergeProof = Field(description="Why they are one.")
    at: Moment = Field(description="When they were merged.")

    def record_key(self) -> str:
        return str(self.customer_id)


class CustomerUnmerged(Payload):
    """A merge is taken back. Its whole state follows as customer.changed under the same key."""

    TYPE: ClassVar[str] = "support.customer.unmerged.v1"

    customer_id: UUID = Field(description="The customer that stands for itself again.")
    out_of: UUID = Field(description="The customer that it was a part of.")
    at: Moment = Field(description="When it was taken back.")

    def record_key(self) -> str:
        return str(self.customer_id)


class CustomerErased(Payload):
    """A customer is to be forgotten: whoever keeps text, names or addresses removes them.

    Kafka key: the customer id. There is one event for each id that the customer was known by, and
    more than one where there are more conversations than one holds.
    """

    TYPE: ClassVar[str] = "support.customer.erased.v1"

    customer_id: UUID = Field(description="The customer.")
    conversation_ids: tuple[UUID, ...] = Field(
        default=(),
        description="Conversations in which nobody else wrote: nothing of them is kept.",
        max_length=5000,
    )
    led_conversation_ids: tuple[UUID, ...] = Field(
        default=(),
        description="Conversations with others whose customer it was: its name and address go.",
        max_length=5000,
    )
    message_ids: tuple[UUID, ...] = Field(
        default=(),
        description="The customer's messages in conversations with others.",
        max_length=5000,
    )
    at: Moment = Field(description="When it was asked for.")

    def record_key(self) -> str:
        return str(self.customer_id)
