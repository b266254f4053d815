"""Telling each customer the number of their ticket, once, and when they will have an answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.router.domain.acknowledgement import acknowledgement
from services.router.domain.entries import Entry
from services.router.domain.lifecycle import acknowledge
from services.router.domain.people import Tenant
from services.router.domain.tickets import Ticket
from services.router.repository import tenants
from services.router.repository.acknowledgements import Acknowledgements
from services.router.repository.entries import Entries
from services.router.repository.tickets import Tickets
from services.router.usecases.announcing import announce, announce_outgoing
from shared.contracts.outgoing import OutgoingRequested
from shared.contracts.sla import ClockEvent
from shared.messaging import Cause, Outbox, Received, derived_id, timer_cause
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class _Due:
    """A locked ticket whose customer is to be told now, what made it so, and the promised time."""

    ticket: Ticket
    cause: Cause
    promised: datetime | None = None


async def promise(
    session: Session, outbox: Outbox, started: Sequence[Received[ClockEvent]], now: datetime
) -> None:
    """First-response clocks began: customers who have not been told yet are told with the time."""
    first: dict[UUID, Received[ClockEvent]] = {}
    for event in started:
        first.setdefault(event.data.ticket_id, event)
    keys = [(event.tenant, ticket_id) for ticket_id, event in first.items()]
    locked = await Acknowledgements(session).lock_tickets(keys) if keys else {}
    due = [
        _Due(ticket, first[ticket.id].cause, first[ticket.id].data.due_at)
        for ticket in locked.values()
    ]
    await _tell(session, outbox, due, now)


async def acknowledge_due(session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
    """Timer: no clock has begun in time, so the customer is told without a promise."""
    locked = await Acknowledgements(session).lock_due(now, limit)
    due = [
        _Due(ticket, timer_cause(due_at, "acknowledgement", str(ticket.id)))
        for due_at, ticket in locked
    ]
    await _tell(session, outbox, due, now)
    return len(due)


async def _tell(session: Session, outbox: Outbox, due: Collection[_Due], now: datetime) -> None:
    if not due:
        return
    keys = [(item.ticket.tenant, item.ticket.id) for item in due]
    # A rival may have told some of them while we waited for their locks.
    ours = await Acknowledgements(session).remove(keys)
    telling = [item for item in due if item.ticket.id in ours]
    if not telling:
        return
    companies = await tenants.of_slugs(session, {item.ticket.tenant for item in telling})
    entries = [_say(outbox, item, companies, now) for item in telling]
    await Entries(session).add(entries)
    await Tickets(session).save([item.ticket for item in telling])


def _say(outbox: Outbox, due: _Due, companies: Mapping[str, Tenant], now: datetime) -> Entry:
    ticket, company = due.ticket, companies.get(due.ticket.tenant)
    text = acknowledgement(
        ticket.number, company.name if company else ticket.tenant, due.promised,
        company.timezone if company else "UTC",
    )  # fmt: skip
    # One for each ticket, for ever: whoever asks for it again asks for the same.
    request_id = derived_id(ticket.id, "acknowledgement")
    announce(outbox, acknowledge(ticket, request_id, now), due.cause)
    conversation_id = ticket.conversation_ids[0]
    asked = OutgoingRequested(
        request_id=request_id, conversation_id=conversation_id, kind="acknowledgement",
        ticket_id=ticket.id, ticket_number=ticket.number, text=text, automatic=True,
        requested_by="router", requested_at=now,
    )  # fmt: skip
    announce_outgoing(outbox, ticket, asked, due.cause)
    return Entry(
        ticket.tenant, ticket.id, ticket.version, "acknowledgement", now, "system", request_id,
        text, conversation_id=conversation_id, automatic=True, delivery="requested",
    )  # fmt: skip
