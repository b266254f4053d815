"""Tickets as callers see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.router.domain.entries import Entry
from services.router.domain.promises import Clock, Suggestion
from services.router.domain.tickets import Ticket


class CustomerView(BaseModel):
    """Who asked."""

    name: str | None
    address: str | None


class TicketView(BaseModel):
    """A ticket as it stands."""

    id: UUID
    number: int = Field(description="Number that people quote")
    version: int = Field(description="Counts its changes; also in the ETag")
    subject: str
    status: str
    priority: str
    team: str | None = Field(description="Key of its team; null while no team takes it")
    assignee: UUID | None = Field(description="Id of its agent; null while it waits for one")
    assigned_reason: str = Field(description="Why this agent has it")
    waiting_since: datetime | None = Field(description="Since when it waits for an agent")
    category: str | None
    tier: str
    tags: list[str]
    language: str | None
    channel: str
    customer: CustomerView
    conversation_ids: list[UUID] = Field(description="Its conversations, oldest first")
    due_at: datetime | None = Field(
        description="When the customer wants to hear from us, such as to be called back"
    )
    follows: UUID | None = Field(description="The closed ticket that its customer wrote to")
    opened_at: datetime
    assigned_at: datetime | None
    first_assigned_at: datetime | None
    first_replied_at: datetime | None
    last_customer_message_at: datetime | None
    last_replied_at: datetime | None
    unanswered_since: datetime | None = Field(
        description="When the oldest customer message without an answer was received"
    )
    resolved_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime
    message_count: int
    reply_count: int
    reopened_count: int

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """The view of a ticket."""
        return cls(**_values(cls, ticket))


class EntryView(BaseModel):
    """One thing said: by the customer, to the customer, or among colleagues."""

    kind: str = Field(description="message, reply, acknowledgement or note", examples=["reply"])
    at: datetime
    by: str = Field(description="customer, agent or system")
    agent_id: UUID | None
    reference: UUID = Field(
        description="The message's id (see ingest), the request that carries an answer, or the "
        "note's id"
    )
    conversation_id: UUID | None
    text: str = Field(description="Of a customer's message its beginning, 2,000 characters")
    html: str | None
    automatic: bool = Field(description="Whether a robot wrote it")
    delivery: str | None = Field(
        description="Of an answer: requested, then sent, failed or not-confirmed"
    )
    delivered_at: datetime | None
    delivery_reason: str | None = Field(description="What the channel said")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The view of an entry."""
        return cls.model_validate(entry, from_attributes=True)


class ClockView(BaseModel):
    """A promise on the ticket, as last heard from sla."""

    kind: str = Field(examples=["first-response"])
    generation: int = Field(description="Sequence of the ticket event that started it")
    state: str = Field(description="running, paused, due-soon, breached, met or cancelled")
    policy: str
    target_seconds: int
    started_at: datetime
    due_at: datetime
    met_at: datetime | None

    @classmethod
    def of(cls, clock: Clock) -> Self:
        """The view of a clock."""
        return cls.model_validate(clock, from_attributes=True)


class ArticleView(BaseModel):
    """An article that may answer the ticket."""

    article_id: UUID
    title: str
    language: str
    score: float = Field(description="0 (does not fit) to 1 (answers it)")
    url: str | None


class TicketDetail(TicketView):
    """A ticket with all that is known of it."""

    entries: list[EntryView] = Field(description="What was said, in order")
    clocks: list[ClockView] = Field(description="By kind, of one kind the latest last")
    suggested_articles: list[ArticleView] = Field(description="Best first")

    @classmethod
    def with_all(
        cls,
        ticket: Ticket,
        entries: Sequence[Entry],
        clocks: Sequence[Clock],
        suggestion: Suggestion | None,
    ) -> Self:
        """The view of a ticket and of what came with it."""
        return cls(
            **_values(TicketView, ticket),
            entries=[EntryView.of(entry) for entry in entries],
            clocks=[ClockView.of(clock) for clock in clocks],
            suggested_articles=[
                ArticleView.model_validate(article)
                for article in (suggestion.articles if suggestion else ())
            ],
        )


def _values(view: type[BaseModel], ticket: Ticket) -> dict[str, Any]:
    values = {name: getattr(ticket, name) for name in view.model_fields if name != "customer"}
    customer = CustomerView(name=ticket.customer_name, address=ticket.customer_address)
    return values | {"customer": customer}
