"""What can happen to a ticket, each with a copy of the ticket after it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.router.domain.tickets import Actor, Message, Ticket


@dataclass(frozen=True, slots=True)
class Change:
    """One change: the ticket after it, when it happened, and who did it."""

    ticket: Ticket
    at: datetime
    by: Actor


@dataclass(frozen=True, slots=True)
class Opened(Change):
    """It began, with a customer's message or without one."""

    message: Message | None = None
    conversation_id: UUID | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CustomerWrote(Change):
    """Another message came for it."""

    message: Message


@dataclass(frozen=True, slots=True)
class Reopened(Change):
    """It was solved and is open again."""

    from_status: str
    resolved_at: datetime | None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StatusChanged(Change):
    """Its status changed in any other way."""

    from_status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Assigned(Change):
    """An agent got it."""

    agent_id: UUID
    previous: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class Unassigned(Change):
    """Its agent no longer has it."""

    agent_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Replied(Change):
    """The customer was answered. `answers`: when the oldest message answered was received."""

    request_id: UUID
    conversation_id: UUID
    automatic: bool
    answers: datetime | None


@dataclass(frozen=True, slots=True)
class ReplyFailed(Change):
    """An answer did not reach the customer."""

    request_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Noted(Change):
    """Somebody left an internal note."""

    note_id: UUID
