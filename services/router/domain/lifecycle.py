"""The life of a ticket: its status machine, and what messages and answers do to it.

Every function changes the ticket it is given and returns what happened, in order.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from services.router.domain.changes import (
    Assigned,
    Change,
    CustomerWrote,
    Noted,
    Opened,
    Reopened,
    Replied,
    ReplyFailed,
    StatusChanged,
    Unassigned,
)
from services.router.domain.tickets import (
    CUSTOMER,
    SYSTEM,
    Actor,
    ActorKind,
    Message,
    Ticket,
)

_BY_STAFF: Final[Mapping[str, frozenset[str]]] = {
    "new": frozenset({"open", "pending", "on-hold", "solved"}),
    "open": frozenset({"pending", "on-hold", "solved"}),
    "pending": frozenset({"open", "on-hold", "solved"}),
    "on-hold": frozenset({"open", "pending", "solved"}),
    "solved": frozenset({"open", "closed"}),
    "closed": frozenset(),
}
# A customer who writes wakes the ticket, whatever it was waiting for.
_BY_CUSTOMER: Final[Mapping[str, frozenset[str]]] = {
    "pending": frozenset({"open"}),
    "on-hold": frozenset({"open"}),
    "solved": frozenset({"open"}),
}
MOVES: Final[Mapping[ActorKind, Mapping[str, frozenset[str]]]] = {
    "agent": _BY_STAFF,
    "system": _BY_STAFF,
    "customer": _BY_CUSTOMER,
}
"""Which status may follow which, by whom it is changed."""

_TEXT_BEGINNING: Final = 2000


class ForbiddenMove(Exception):
    """The status machine has no such step."""

    def __init__(self, ticket: Ticket, to: str) -> None:
        super().__init__(f"ticket {ticket.number} is {ticket.status}: it cannot become {to}")
        self.allowed = sorted(_BY_STAFF.get(ticket.status, ()))


class ClosedTicket(Exception):
    """A closed ticket takes nothing more."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(f"ticket {ticket.number} is closed")


def opened_by(ticket: Ticket, message: Message) -> Opened:
    """A message begins this new ticket."""
    _count(ticket, message)
    return Opened(
        ticket.copy(), ticket.opened_at, CUSTOMER, message, message.conversation_id,
        message.text[:_TEXT_BEGINNING],
    )  # fmt: skip


def opened_without_message(ticket: Ticket, by: Actor, text: str) -> Opened:
    """Somebody opens this new ticket on a customer's behalf; `text` says what it is about."""
    return Opened(ticket.copy(), ticket.opened_at, by, text=text[:_TEXT_BEGINNING])


def receive(ticket: Ticket, message: Message, now: datetime) -> list[Change]:
    """Another message comes for the ticket: it wakes first where it must, then has the message.

    A robot's message is only added: an out-of-office note reopens nothing.
    """
    woken = [] if message.automatic else _wake(ticket, message, now)
    ticket.due_at = message.wished_at or ticket.due_at
    _count(ticket, message)
    return [*woken, CustomerWrote(_next(ticket, now), now, CUSTOMER, message)]


def move(ticket: Ticket, to: str, by: Actor, now: datetime, reason: str = "") -> list[Change]:
    """Changes the status, or does nothing where it is that already. Raises ForbiddenMove."""
    if ticket.status == to:
        return []
    if to not in MOVES[by.kind].get(ticket.status, ()):
        raise ForbiddenMove(ticket, to)
    if ticket.status == "solved" and to == "open":
        return [_reopen(ticket, by, now, None)]
    before, ticket.status = ticket.status, to
    if to == "solved":
        ticket.resolved_at, ticket.unanswered_since = now, None
    if to == "closed":
        ticket.closed_at = now
    if not ticket.wants_agent:
        ticket.queue = ticket.waiting_since = None
    return [StatusChanged(_next(ticket, now), now, by, before, reason)]


def reply(
    ticket: Ticket, request_id: UUID, by: Actor, now: datetime, then: str | None = None
) -> list[Change]:
    """A person answers the customer; the status becomes `then`, or open where it was new.

    Raises ClosedTicket, ForbiddenMove.
    """
    if ticket.status == "closed":
        raise ClosedTicket(ticket)
    answers, ticket.unanswered_since = ticket.unanswered_since, None
    ticket.first_replied_at = ticket.first_replied_at or now
    ticket.last_replied_at = now
    ticket.reply_count += 1
    replied = _replied(ticket, request_id, by, now, automatic=False, answers=answers)
    default = "open" if ticket.status == "new" else ticket.status
    return [replied, *move(ticket, then or default, by, now)]


def acknowledge(ticket: Ticket, request_id: UUID, now: datetime) -> Replied:
    """The customer is told the number: an automatic reply, which answers nothing."""
    return _replied(ticket, request_id, SYSTEM, now, automatic=True, answers=None)


def note(ticket: Ticket, note_id: UUID, by: Actor, now: datetime) -> Noted:
    """Somebody leaves an internal note, on a closed ticket too."""
    return Noted(_next(ticket, now), now, by, note_id)


def fail_reply(
    ticket: Ticket, request_id: UUID, reason: str, at: datetime, now: datetime
) -> ReplyFailed:
    """An answer did not reach the customer; `at` is when the channel said so."""
    return ReplyFailed(_next(ticket, now), at, SYSTEM, request_id, reason[:500])


def assign(ticket: Ticket, agent_id: UUID, reason: str, now: datetime) -> Assigned:
    """An agent gets the ticket, and it waits no longer."""
    previous, ticket.assignee = ticket.assignee, agent_id
    ticket.assigned_at = now
    ticket.first_assigned_at = ticket.first_assigned_at or now
    ticket.assigned_reason = reason[:500]
    ticket.queue = ticket.waiting_since = None
    return Assigned(_next(ticket, now), now, SYSTEM, agent_id, previous, ticket.assigned_reason)


def unassign(ticket: Ticket, reason: str, now: datetime) -> Unassigned:
    """The agent no longer has the ticket. Raises ValueError where it has none."""
    if ticket.assignee is None:
        raise ValueError(f"ticket {ticket.number} has no agent")
    before, ticket.assignee = ticket.assignee, None
    ticket.assigned_at = None
    ticket.assigned_reason = ""
    return Unassigned(_next(ticket, now), now, SYSTEM, before, reason[:500])


def _next(ticket: Ticket, now: datetime) -> Ticket:
    ticket.version += 1
    ticket.updated_at = now
    return ticket.copy()


def _count(ticket: Ticket, message: Message) -> None:
    ticket.message_count += 1
    if message.automatic:
        return
    ticket.last_customer_message_at = message.received_at
    ticket.unanswered_since = ticket.unanswered_since or message.received_at


def _wake(ticket: Ticket, message: Message, now: datetime) -> list[Change]:
    if ticket.status == "solved":
        return [_reopen(ticket, CUSTOMER, now, message.id)]
    if "open" in _BY_CUSTOMER.get(ticket.status, ()):
        return move(ticket, "open", CUSTOMER, now, "the customer wrote")
    return []


def _reopen(ticket: Ticket, by: Actor, now: datetime, message_id: UUID | None) -> Reopened:
    before, resolved_at = ticket.status, ticket.resolved_at
    ticket.status, ticket.resolved_at = "open", None
    ticket.reopened_count += 1
    return Reopened(_next(ticket, now), now, by, before, resolved_at, message_id)


def _replied(
    ticket: Ticket, request_id: UUID, by: Actor, now: datetime, *, automatic: bool,
    answers: datetime | None,
) -> Replied:  # fmt: skip
    return Replied(
        _next(ticket, now), now, by, request_id, ticket.conversation_ids[-1], automatic, answers
    )
