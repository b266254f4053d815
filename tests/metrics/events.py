"""Ticket events as metrics receives them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.contracts.catalog import topic_of
from shared.contracts.event import Event
from shared.contracts.payload import Party
from shared.contracts.tickets import (
    Ticket,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketReplied,
    TicketStatusChanged,
)
from shared.messaging import Received, derived_id, sequence
from tests.metrics.logs import Line

AGENT = UUID("0192f0c4-1a2b-7c3d-8e4f-5a6b7c8d9e01")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def ticket_id(tenant: str, number: int) -> UUID:
    """The id of a tenant's ticket."""
    return derived_id(UUID(int=0x0192F1A0 << 96), tenant, number)


def event(line: Line, tenant: str = "demo") -> Received[TicketEvent]:
    """The event that a line of a log stands for."""
    ticket = _ticket(line, tenant)
    data = _data(line, ticket)
    uid = derived_id(ticket.id, data.TYPE, line.sequence)
    envelope = Event(
        id=str(uid), type=data.TYPE, source="/deskstream/router", subject=str(ticket.id),
        time=line.at, tenant=tenant, data=data, sequence=sequence(line.sequence, 1),
        partitionkey=str(ticket.id), traceparent=TRACE,
    )  # fmt: skip
    assert topic_of(type(data)).name == "support.tickets.v1"
    return Received(uid, envelope, data, line.at)


def events(log: Iterable[Line], tenant: str = "demo") -> list[Any]:
    """The events of a log."""
    return [event(line, tenant) for line in log]


def _ticket(line: Line, tenant: str) -> Ticket:
    status = "closed" if line.kind == "closed" else "solved" if line.solved else "open"
    return Ticket(
        id=ticket_id(tenant, line.ticket), number=line.ticket + 1, version=line.sequence,
        status=status, priority=line.place.priority, 
        team=None if line.place.team == "-" else line.place.team,
        channel=line.place.channel, customer=Party(name="Jörg Müller"), opened_at=line.opened_at,
        resolved_at=line.resolved_at, updated_at=line.at,
    )  # fmt: skip


def _data(line: Line, ticket: Ticket) -> TicketEvent:
    at: datetime = line.at
    match line.kind:
        case "opened":
            return TicketOpened(ticket=ticket, at=at)
        case "moved":
            return TicketAssigned(ticket=ticket, at=at, agent_id=AGENT, team=ticket.team)
        case "replied":
            return TicketReplied(ticket=ticket, at=at, by="agent", by_agent=AGENT)
        case "robot":
            return TicketReplied(ticket=ticket, at=at, by="system", automatic=True)
        case "reopened":
            return TicketReopened(ticket=ticket, at=at, from_status="solved")
        case "solved" | "closed":
            return TicketStatusChanged(
                ticket=ticket, at=at, from_status="open", to_status=ticket.status
            )
