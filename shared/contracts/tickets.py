"""What happened to a ticket, each with the whole ticket after it (without its messages).

Fold by the envelope's `sequence`: keep the snapshot of the highest, in whatever order they come.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from .payload import (
    Channel,
    Count,
    Label,
    Language,
    Line,
    Moment,
    Part,
    Party,
    Payload,
    Priority,
    Status,
    Tier,
    open_enum,
)

ActorKind = Annotated[str, open_enum("customer", "agent", "bot", "system")]
"""Who did something: system is a rule, a timer or a default; open enum."""


class Ticket(Part):
    """One issue being worked on, as it stands after the event."""

    id: UUID = Field(description="The ticket's id.")
    number: Count = Field(description="Number that people quote; unique and rising in its tenant.")
    version: Count = Field(
        description="Counts the ticket's changes from 1; every event of a ticket has its own."
    )
    conversation_ids: tuple[UUID, ...] = Field(
        default=(), description="The ticket's conversations, oldest first.", max_length=1000
    )
    subject: Line = Field(default="", description="What it is about, one line.")
    category: Label | None = Field(
        default=None, description="Type of problem as the tenant names it; null until classified."
    )
    status: Status = Field(default="new", description="Where it stands.")
    priority: Priority = Field(default="normal", description="How much it presses.")
    team: Label | None = Field(
        default=None, description="Key of the team that it is with; null until routed."
    )
    assignee: UUID | None = Field(
        default=None, description="Id of the agent who has it; null while it waits for one."
    )
    tier: Tier = Field(default="L1", description="Support level that it is at.")
    tags: tuple[Label, ...] = Field(
        default=(), description="Tags in alphabetical order, at most 100.", max_length=100
    )
    language: Language | None = Field(
        default=None, description="Language to answer in, BCP 47; null if unknown."
    )
    channel: Channel = Field(description="Channel of its first message.")
    customer: Party = Field(description="Who asked.")
    opened_at: Moment = Field(
        description="When the customer's first message was received: the start of all lengths."
    )
    assigned_at: Moment | None = Field(
        default=None, description="When its present agent got it; null while it waits for one."
    )
    first_assigned_at: Moment | None = Field(
        default=None, description="When an agent got it for the first time; null until then."
    )
    first_replied_at: Moment | None = Field(
        default=None,
        description="When the first public, not automatic reply was written; null until then.",
    )
    last_customer_message_at: Moment | None = Field(
        default=None, description="When the customer's latest message was received."
    )
    last_replied_at: Moment | None = Field(
        default=None, description="When the latest public, not automatic reply was written."
    )
    resolved_at: Moment | None = Field(
        default=None, description="When it was last solved; null while it is not solved or closed."
    )
    closed_at: Moment | None = Field(default=None, description="When it was closed for good.")
    due_at: Moment | None = Field(
        default=None,
        description="When the customer wants to hear from us, as they said last; null: no wish.",
    )
    updated_at: Moment = Field(description="When this state came about.")
    message_count: Count = Field(default=0, description="Messages the customer has written.")
    reply_count: Count = Field(
        default=0, description="Public replies that were not automatic, by agents or the bot."
    )
    reopened_count: Count = Field(default=0, description="How often it was reopened.")


class TicketEvent(Payload):
    """What all ticket events have in common. Kafka key: the ticket id."""

    ticket: Ticket = Field(description="The whole ticket after the event.")
    at: Moment = Field(description="When it happened; lengths are reckoned from this.")
    by: ActorKind = Field(default="system", description="Who did it.")
    by_agent: UUID | None = Field(
        default=None, description="Id of the agent who did it; null unless `by` is agent."
    )

    def record_key(self) -> str:
        return str(self.ticket.id)


class TicketOpened(TicketEvent):
    """A ticket was opened, by a customer's message or by an agent."""

    TYPE: ClassVar[str] = "support.ticket.opened.v1"

    conversation_id: UUID | None = Field(
        default=None, description="Conversation that began it; null if an agent opened it."
    )
    message_id: UUID | None = Field(
        default=None, description="Message that began it; null if an agent opened it."
    )
    message_at: Moment | None = Field(
        default=None, description="When that message was received; null without a message."
    )
    text: str = Field(
        default="",
        description="Beginning of the message's text, at most 2,000 characters: what knowledge "
        "bases match against.",
        max_length=2000,
    )
    automatic: bool = Field(
        default=False, description="True if a robot wrote the message: no automatic answer to it."
    )


class TicketCustomerWrote(TicketEvent):
    """The customer wrote again. `at` is when router knew of it; see `message_at`."""

    TYPE: ClassVar[str] = "support.ticket.customer-wrote.v1"

    conversation_id: UUID = Field(description="Conversation that it was written in.")
    message_id: UUID = Field(description="The message.")
    message_at: Moment = Field(description="When the message was received.")
    automatic: bool = Field(default=False, description="True if a robot wrote the message.")


class TicketAssigned(TicketEvent):
    """An agent got the ticket."""

    TYPE: ClassVar[str] = "support.ticket.assigned.v1"

    agent_id: UUID = Field(description="Who got it; equals `ticket.assignee`.")
    team: Label | None = Field(default=None, description="Team in which it was assigned.")
    previous_agent_id: UUID | None = Field(
        default=None, description="Who had it before; null if nobody had."
    )
    reason: str = Field(
        default="",
        description="Why this agent, in a sentence for people; at most 500 characters.",
        max_length=500,
    )


class TicketUnassigned(TicketEvent):
    """The agent no longer has the ticket: it waits for another."""

    TYPE: ClassVar[str] = "support.ticket.unassigned.v1"

    agent_id: UUID = Field(description="Who had it.")
    reason: str = Field(
        default="",
        description="Why, in a sentence for people; at most 500 characters.",
        max_length=500,
    )


class TicketReplied(TicketEvent):
    """Somebody answered the customer. `at` is when it was written, not when it was delivered."""

    TYPE: ClassVar[str] = "support.ticket.replied.v1"

    by: ActorKind = Field(default="agent", description="Who answered: agent, bot or system.")
    automatic: bool = Field(
        default=False,
        description="True for acknowledgements and the like: no clock stops, no reply counts.",
    )
    public: bool = Field(default=True, description="True if the customer gets to see it.")
    message_ref: UUID | None = Field(
        default=None,
        description="`request_id` of the outgoing.requested that carries it; null if not sent.",
    )
    conversation_id: UUID | None = Field(
        default=None, description="Conversation that it goes to; null if it is not sent."
    )
    answers_message_at: Moment | None = Field(
        default=None,
        description="When the oldest customer message that it answers was received; null if "
        "none waited.",
    )


class TicketReplyFailed(TicketEvent):
    """An answer did not reach the customer, for good."""

    TYPE: ClassVar[str] = "support.ticket.reply-failed.v1"

    message_ref: UUID = Field(description="The `request_id` of the outgoing.requested that failed.")
    reason: str = Field(
        default="", description="What the channel said; at most 500 characters.", max_length=500
    )


class TicketNoted(TicketEvent):
    """Somebody left an internal note, which the customer never sees."""

    TYPE: ClassVar[str] = "support.ticket.noted.v1"

    note_id: UUID = Field(description="The note's id.")


class TicketStatusChanged(TicketEvent):
    """The ticket's status changed. Reopening by a customer is a `ticket.reopened` instead."""

    TYPE: ClassVar[str] = "support.ticket.status-changed.v1"

    from_status: Status = Field(description="Status before.")
    to_status: Status = Field(description="Status after; equals `ticket.status`.")
    reason: str = Field(
        default="",
        description="Why, in a sentence for people; at most 500 characters.",
        max_length=500,
    )


class TicketReopened(TicketEvent):
    """A solved ticket is open again, because the customer wrote or an agent said so."""

    TYPE: ClassVar[str] = "support.ticket.reopened.v1"

    from_status: Status = Field(description="Status before, such as solved.")
    to_status: Status = Field(default="open", description="Status after; equals `ticket.status`.")
    resolved_at: Moment | None = Field(
        default=None, description="When it had been solved: that resolution no longer counts."
    )
    message_id: UUID | None = Field(
        default=None, description="Message that reopened it; null if an agent did."
    )
