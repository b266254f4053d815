"""A clock as the report counts it: decided or not, and where the time of a missed one went."""

from collections.abc import Iterator
from datetime import UTC, timedelta

from services.sla.domain.clocks import Clock, Outcome, Stage
from services.sla.domain.compliance import (
    OUTSIDE_HOURS,
    PAUSED,
    STILL_OPEN,
    TIGHTENED,
    UNASSIGNED,
    ClosedClock,
    main_reason,
    sum_places,
    waiting_for,
)
from services.sla.domain.explain import Interval, explain


def closed(clock: Clock) -> ClosedClock | None:
    """What a clock counts as, None if nothing is decided.

    A broken promise that still runs has no places yet: how far its history has been read must not
    show in the figures. A clock that has ended must come from `fold`.
    """
    running = clock.outcome is Outcome.RUNNING
    breached = clock.stage is Stage.BREACHED if running else clock.late
    if running and breached:
        return _counted(clock, breached=True, places={}, reason=STILL_OPEN)
    if breached:
        places = sum_places(_places(clock))
        return _counted(clock, breached=True, places=places, reason=_reason(clock, places))
    if clock.outcome is Outcome.MET:
        return _counted(clock, breached=False, places={}, reason="")
    return None


def _counted(clock: Clock, *, breached: bool, places: dict[str, int], reason: str) -> ClosedClock:
    decided = (clock.breaks_at or clock.due_at) if breached else (clock.ended_at or clock.due_at)
    facts = clock.facts
    values = {
        "policy": clock.policy_id, "priority": clock.priority, "team": clock.team,
        "agent": facts.assignee or facts.ended_by, "tier": facts.tier, "channel": facts.channel,
        "category": facts.category,
    }  # fmt: skip
    day = decided.astimezone(UTC).date()
    return ClosedClock(day, clock.kind.value, breached, values, places, reason)


def _reason(clock: Clock, places: dict[str, int]) -> str:
    if clock.retargeted_at is not None and clock.due_at <= clock.retargeted_at:
        return TIGHTENED
    return main_reason(places)


_MICROSECOND = timedelta(microseconds=1)


def _places(clock: Clock) -> Iterator[tuple[str, int]]:
    """How many microseconds went where, interval by interval."""
    assert clock.ended_at is not None
    for interval in explain(clock, clock.ended_at):
        if (place := _place(interval)) is not None:
            yield place, (interval.end - interval.start) // _MICROSECOND


def _place(interval: Interval) -> str | None:
    if interval.counted:
        facts = interval.facts
        return UNASSIGNED if facts.assignee is None else waiting_for(facts.team)
    if interval.reason.startswith(PAUSED):
        return PAUSED
    # What lies between a solution and its reopening was nobody's: the ticket was settled.
    outside = interval.reason == "closed" or interval.reason.startswith("holiday: ")
    return OUTSIDE_HOURS if outside else None
