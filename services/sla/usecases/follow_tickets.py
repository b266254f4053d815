"""A ticket moved on: its clocks start, stop, or turn out to have stopped in time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.sla.domain.history import Step
from services.sla.domain.news import News, Said
from services.sla.domain.ticket import Ticket
from services.sla.repository import TicketKey, Tickets
from services.sla.usecases.announce import announce, time_cause
from services.sla.usecases.books import books, customers_of
from services.sla.usecases.report import decide_tickets
from services.sla.usecases.steps import steps_of
from shared.contracts.tickets import (
    TicketAssigned,
    TicketCustomerWrote,
    TicketOpened,
    TicketReopened,
    TicketReplied,
    TicketReplyFailed,
    TicketStatusChanged,
    TicketUnassigned,
)
from shared.messaging import Cause, Outbox, Received
from shared.storage import Session

READS = (
    TicketOpened, TicketCustomerWrote, TicketAssigned, TicketUnassigned, TicketReplied,
    TicketReplyFailed, TicketStatusChanged, TicketReopened,
)  # fmt: skip
"""What moves clocks, or tells of the ticket as it is now. Notes are skipped unread."""


async def follow_tickets(
    session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
) -> None:
    """Puts each event in its place of its ticket's history and announces what that changes.

    Event by event, so that the announcements are the same however the events fall into batches.
    """
    moves = [(event, steps) for event in received if (steps := _steps(event, outbox))]
    if not moves:
        return
    tickets = await Tickets(session).lock({_key(event) for event, _ in moves})
    asking = {(event.tenant, s.facts.customer) for event, steps in moves for s in steps}
    customers = customers_of(tickets.values()) | {(t, key) for t, key in asking if key}
    promised = await books(session, {event.tenant for event, _ in moves}, customers)
    for event, steps in moves:
        ticket = tickets[_key(event)]
        news = ticket.take_in(steps, promised[event.tenant], now)
        announce_all(outbox, news, ticket, event.cause)
    await Tickets(session).save(tickets.values())
    await decide_tickets(session, tickets.values())


def announce_all(outbox: Outbox, news: Sequence[News], ticket: Ticket, cause: Cause) -> None:
    """Adds the events; a breach has the id that the timer would have given it."""
    for entry in news:
        by_time = entry.said is Said.BREACHED
        announce(outbox, entry, ticket, time_cause(entry, ticket, outbox.now) if by_time else cause)


def _key(event: Received[Any]) -> TicketKey:
    return event.tenant, event.data.ticket.id


def _steps(event: Received[Any], outbox: Outbox) -> list[Step]:
    if event.sequence > 0:
        return steps_of(event.data, event.sequence)
    outbox.refuse(
        event, "missing-attribute", "a ticket event needs a sequence to find its place in history"
    )
    return []
