"""A ticket moved on: its clocks start, stop, or turn out to have stopped in time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.sla.domain.history import Step, What
from services.sla.domain.news import Said
from services.sla.repository import Policies, TicketKey, Tickets
from services.sla.usecases.announce import announce, time_cause
from shared.contracts.tickets import (
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketReplied,
    TicketStatusChanged,
)
from shared.messaging import Outbox, Received
from shared.storage import Session

READS = (TicketOpened, TicketReplied, TicketStatusChanged, TicketReopened)
"""What moves clocks. Everything else about tickets is skipped unread."""

_SETTLED = frozenset({"solved", "closed"})


async def follow_tickets(
    session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
) -> None:
    """Puts each event in its place of its ticket's history and announces what that changes.

    Event by event, so that the announcements are the same however the events fall into batches.
    """
    moves = [(event, steps) for event in received if (steps := _steps(event, outbox))]
    if not moves:
        return
    policies = await Policies(session).versions({event.tenant for event, _ in moves})
    tickets = await Tickets(session).lock({_key(event) for event, _ in moves})
    for event, steps in moves:
        ticket = tickets[_key(event)]
        for news in ticket.take_in(steps, policies.get(event.tenant, ())):
            by_time = news.said is Said.BREACHED
            cause = time_cause(news, ticket, now) if by_time else event.cause
            announce(outbox, news, ticket, cause)
    await Tickets(session).save(tickets.values())


def _key(event: Received[Any]) -> TicketKey:
    return event.tenant, event.data.ticket.id


def _steps(event: Received[Any], outbox: Outbox) -> list[Step]:
    if event.sequence > 0:
        return steps_of(event.data, event.sequence)
    outbox.refuse(
        event, "missing-attribute", "a ticket event needs a sequence to find its place in history"
    )
    return []


def steps_of(data: TicketEvent, sequence: int) -> list[Step]:
    """What a ticket event means for clocks; empty if nothing."""
    match data:
        case TicketOpened():
            happened = [(What.ASKED if data.by == "customer" else What.OPENED, data.at)]
        case TicketReplied():
            by_hand = data.by == "agent" and data.public and not data.automatic
            happened = [(What.ANSWERED, data.at)] if by_hand else []
        case TicketReopened():
            # It says when the ticket had been solved: that counts even if the event of it is
            # missing. The same twice is harmless, a clock ends once.
            solved = [(What.SOLVED, data.resolved_at)] if data.resolved_at else []
            happened = [*solved, (What.REOPENED, data.at)]
        case TicketStatusChanged():
            happened = _status_steps(data)
        case _:
            happened = []
    ticket = data.ticket
    return [Step(sequence, what, at, ticket.priority, ticket.team) for what, at in happened]


def _status_steps(data: TicketStatusChanged) -> list[tuple[What, datetime]]:
    before, after = data.from_status in _SETTLED, data.to_status in _SETTLED
    if before == after:
        return []
    return [(What.SOLVED if after else What.REOPENED, data.at)]
