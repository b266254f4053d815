"""News about clocks as events of support.sla.v1."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from services.sla.domain.clocks import Clock, Outcome
from services.sla.domain.news import News, Said
from services.sla.domain.ticket import Ticket
from shared.contracts.sla import (
    ClockBreached,
    ClockBreachWithdrawn,
    ClockCancelled,
    ClockDueSoon,
    ClockEvent,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
)
from shared.messaging import Cause, Outbox, derived_id, timer_cause

_USUAL_PERCENT = 75
"""When clocks were nearly due before policies could say so."""


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
    """What brought about a warning or a breach: the same, whoever notices it first.

    A breach that is announced after one was taken back is another one.
    """
    clock = news.clock
    retargets = (clock.retargets,) if clock.retargets else ()
    again = (clock.withdrawals,) if news.said is Said.BREACHED and clock.withdrawals else ()
    parts = (str(ticket.id), clock.kind, clock.generation, *retargets, news.said, *again)
    return timer_cause(news.at(now), *parts)


@lru_cache(maxsize=4096)
def _clock_id(ticket: UUID, kind: str, generation: int) -> UUID:
    return derived_id(ticket, kind, generation)


def clock_id(ticket: UUID, clock: Clock) -> UUID:
    """The clock's id on the outside."""
    return _clock_id(ticket, clock.kind, clock.generation)


def payload(ticket: UUID, news: News, at: datetime) -> ClockEvent:
    """The whole clock after what happened at `at`."""
    clock = news.clock
    whole: dict[str, Any] = {
        "clock_id": clock_id(ticket, clock), "ticket_id": ticket, "kind": clock.kind.value,
        "policy": clock.policy, "priority": clock.priority, "team": clock.team,
        "target_seconds": clock.target_seconds, "started_at": clock.started_at,
        "due_at": clock.due_at, "generation": clock.generation, "at": at,
        "retargets": clock.retargets, "policy_id": clock.policy_id,
        "policy_version": clock.set_version, "calendar": clock.calendar or None,
        "calendar_version": clock.calendar_version or None,
    }  # fmt: skip
    return _TYPES[news.said](**whole, **_own(news, at))


_TYPES: dict[Said, type[ClockEvent]] = {
    Said.STARTED: ClockStarted,
    Said.RETARGETED: ClockRetargeted,
    Said.PAUSED: ClockPaused,
    Said.RESUMED: ClockResumed,
    Said.DUE_SOON: ClockDueSoon,
    Said.BREACHED: ClockBreached,
    Said.BREACH_WITHDRAWN: ClockBreachWithdrawn,
    Said.MET: ClockMet,
    Said.CANCELLED: ClockCancelled,
}


def _own(news: News, at: datetime) -> dict[str, Any]:
    """What only events of its type say."""
    clock = news.clock
    ended = {"elapsed_seconds": clock.elapsed_seconds, "breached": clock.late}
    match news.said:
        case Said.STARTED:
            return {}
        case Said.DUE_SOON:
            return {"percent": _percent(clock)}
        case Said.BREACHED:
            return {"by_retarget": at > clock.due_at}
        case Said.BREACH_WITHDRAWN:
            return {"met_at": clock.ended_at if clock.outcome is Outcome.MET else None}
        case Said.MET:
            return {**ended, "met_at": at}
    reason = {"reason": clock.why[:500]}
    return {**ended, **reason} if news.said is Said.CANCELLED else reason


def _percent(clock: Clock) -> int:
    if clock.warn_seconds is None:
        return _USUAL_PERCENT
    return min(99, max(1, clock.warn_seconds * 100 // max(1, clock.target_seconds)))
