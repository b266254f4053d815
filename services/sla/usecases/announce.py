"""News about clocks as events of support.sla.v1."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.sla.domain.clocks import DUE_SOON_PERCENT, Clock, Outcome
from services.sla.domain.news import News, Said
from services.sla.domain.ticket import Ticket
from shared.contracts.payload import Payload
from shared.contracts.sla import (
    ClockBreached,
    ClockBreachWithdrawn,
    ClockCancelled,
    ClockDueSoon,
    ClockMet,
    ClockStarted,
)
from shared.messaging import Cause, Outbox, derived_id, timer_cause


def announce(outbox: Outbox, news: News, ticket: Ticket, cause: Cause) -> None:
    """Adds the event, as the next one of its ticket."""
    at = news.at(outbox.now)
    ticket.version += 1
    outbox.add(
        payload(ticket.id, news, at),
        tenant=ticket.tenant,
        key=str(ticket.id),
        cause=cause,
        sequence=outbox.sequence(ticket.version),
        time=at,
    )


def time_cause(news: News, ticket: Ticket, now: datetime) -> Cause:
    """What brought about a warning or a breach: the same, whoever notices it first."""
    clock = news.clock
    due_at = news.at(now)
    return timer_cause(due_at, str(ticket.id), clock.kind, clock.generation, news.said)


def clock_id(ticket: UUID, clock: Clock) -> UUID:
    """The clock's id on the outside."""
    return derived_id(ticket, clock.kind, clock.generation)


def payload(ticket: UUID, news: News, at: datetime) -> Payload:
    """The whole clock after what happened at `at`."""
    clock = news.clock
    whole: dict[str, Any] = {
        "clock_id": clock_id(ticket, clock), "ticket_id": ticket, "kind": clock.kind.value,
        "policy": clock.policy, "priority": clock.priority, "team": clock.team,
        "target_seconds": clock.target_seconds, "started_at": clock.started_at,
        "due_at": clock.due_at, "generation": clock.generation, "at": at,
    }  # fmt: skip
    match news.said:
        case Said.STARTED:
            return ClockStarted(**whole)
        case Said.DUE_SOON:
            return ClockDueSoon(**whole, percent=DUE_SOON_PERCENT)
        case Said.BREACHED:
            return ClockBreached(**whole)
        case Said.BREACH_WITHDRAWN:
            met_at = clock.ended_at if clock.outcome is Outcome.MET else None
            return ClockBreachWithdrawn(**whole, met_at=met_at)
    ended: dict[str, Any] = {"elapsed_seconds": clock.elapsed_seconds, "breached": clock.late}
    if news.said is Said.MET:
        return ClockMet(**whole, **ended, met_at=at)
    return ClockCancelled(**whole, **ended)
