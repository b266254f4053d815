"""A ticket as router holds it, the message that may begin it, and who does things to it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Final, Literal
from uuid import UUID

ActorKind = Literal["customer", "agent", "system"]

ACTIVE: Final = frozenset({"new", "open", "pending", "on-hold"})
"""Somebody still works on it: it takes one of its agent's places."""

_WANTS_AGENT: Final = frozenset({"new", "open"})
_RANKS: Final = {"urgent": 0, "high": 1, "normal": 2, "low": 3}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something; `agent_id` only where it is an agent."""

    kind: ActorKind
    agent_id: UUID | None = None


CUSTOMER: Final = Actor("customer")
SYSTEM: Final = Actor("system")


@dataclass(frozen=True, slots=True)
class Customer:
    """Who asked."""

    name: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """What router needs to know of a received message. `automatic`: a robot wrote it.

    wished_at: when the customer wants to hear from us. urgent: to be answered before others.
    """

    id: UUID
    conversation_id: UUID
    channel: str
    account: str
    sender: Customer
    subject: str | None
    text: str
    received_at: datetime
    automatic: bool
    language: str | None
    wished_at: datetime | None = None
    urgent: bool = False


@dataclass(slots=True)
class Ticket:
    """One issue being worked on. Its `version` counts its changes; all times are UTC.

    unanswered_since: when the oldest customer message without an answer was received.
    queue, waiting_since: the team whose queue it stands in ("" for none's) and since when; both
    None while it waits for nobody. follows: the closed ticket that its customer wrote to.
    due_at: when the customer wants to hear from us, as they said last.
    """

    tenant: str
    id: UUID
    number: int
    version: int
    conversation_ids: Sequence[UUID]
    subject: str
    category: str | None
    status: str
    priority: str
    team: str | None
    assignee: UUID | None
    tier: str
    tags: Sequence[str]
    language: str | None
    channel: str
    customer_name: str | None
    customer_address: str | None
    opened_at: datetime
    assigned_at: datetime | None
    first_assigned_at: datetime | None
    first_replied_at: datetime | None
    last_customer_message_at: datetime | None
    last_replied_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime
    message_count: int
    reply_count: int
    reopened_count: int
    unanswered_since: datetime | None
    queue: str | None
    waiting_since: datetime | None
    assigned_reason: str
    follows: UUID | None
    due_at: datetime | None

    @property
    def holder(self) -> UUID | None:
        """The agent who has a place taken by it: a solved ticket takes none."""
        return self.assignee if self.status in ACTIVE else None

    @property
    def wants_agent(self) -> bool:
        """Whether it should be given to somebody: nobody has it, and it waits for nothing else."""
        return self.assignee is None and self.status in _WANTS_AGENT

    @property
    def turn(self) -> tuple[int, datetime]:
        """Sort key among waiting tickets: the more pressing first, then the longer waiting."""
        return rank(self.priority), self.waiting_since or self.unanswered_since or self.opened_at

    def copy(self) -> "Ticket":
        """The ticket as it stands, untouched by what happens to it later."""
        return Ticket(*_values(self))


class UnknownTicket(LookupError):
    """The tenant has no such ticket."""


_values = attrgetter(*[field.name for field in fields(Ticket)])


def rank(priority: str) -> int:
    """0 for the most pressing priority; one that this version does not know counts as normal."""
    return _RANKS.get(priority, _RANKS["normal"])


def blank(
    *,
    tenant: str,
    id: UUID,
    conversation_id: UUID,
    channel: str,
    subject: str,
    customer: Customer,
    team: str | None,
    opened_at: datetime,
    now: datetime,
    priority: str = "normal",
    language: str | None = None,
    follows: UUID | None = None,
    due_at: datetime | None = None,
) -> Ticket:
    """A new ticket at version 1; its number is given to it before it is announced."""
    return Ticket(
        tenant=tenant, id=id, number=0, version=1, conversation_ids=(conversation_id,),
        subject=subject, category=None, status="new", priority=priority, team=team, assignee=None,
        tier="L1", tags=(), language=language, channel=channel, customer_name=customer.name,
        customer_address=customer.address, opened_at=opened_at, assigned_at=None,
        first_assigned_at=None, first_replied_at=None, last_customer_message_at=None,
        last_replied_at=None, resolved_at=None, closed_at=None, updated_at=now, message_count=0,
        reply_count=0, reopened_count=0, unanswered_since=None, queue=None, waiting_since=None,
        assigned_reason="", follows=follows, due_at=due_at,
    )  # fmt: skip
