"""What there is to announce about clocks: when their history changes, and when time goes by."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.sla.domain.clocks import Clock, Clocks, Outcome, Stage


class Said(StrEnum):
    """What is announced about a clock."""

    STARTED = "started"
    RETARGETED = "retargeted"
    PAUSED = "paused"
    RESUMED = "resumed"
    DUE_SOON = "due-soon"
    BREACHED = "breached"
    BREACH_WITHDRAWN = "breach-withdrawn"
    MET = "met"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class News:
    """One thing to announce, and the clock as it is after it. gone: no history tells of it now."""

    said: Said
    clock: Clock
    gone: bool = False

    def at(self, now: datetime) -> datetime:
        """When it happened. A withdrawal happens when it is noticed, now."""
        clock = self.clock
        match self.said:
            case Said.STARTED:
                found: datetime | None = clock.started_at
            case Said.RETARGETED:
                found = clock.retargeted_at
            case Said.PAUSED:
                found = clock.paused_at
            case Said.RESUMED:
                found = clock.entries[-1].at if clock.entries else None
            case Said.DUE_SOON:
                found = clock.warns_at
            case Said.BREACHED:
                found = clock.breaks_at or clock.due_at
            case Said.BREACH_WITHDRAWN:
                found = None
            case _:
                found = clock.ended_at
        return now if found is None else found


def pass_time(clock: Clock, now: datetime) -> list[News]:
    """What a clock has to announce by `now`: the warning, the breach, after downtime both."""
    news: list[News] = []
    while (due := clock.next_at) is not None and due <= now:
        soon = clock.stage is Stage.QUIET and clock.warns_at is not None
        clock = replace(clock, stage=Stage.DUE_SOON if soon else Stage.BREACHED)
        news.append(News(Said.DUE_SOON if soon else Said.BREACHED, clock))
    return news


def compare(before: Clocks, after: Clocks, now: datetime) -> list[News]:
    """What there is to announce when a ticket's clocks were `before` and its history says `after`.

    The last news of a clock has it as it is to be kept; what has no news may have changed too.
    """
    news = [entry for key, gone in before.items() if key not in after for entry in _gone(gone, now)]
    for key, clock in after.items():
        news += _changes(before.get(key), clock.with_stages_of(before.get(key)), now)
    return news


def _gone(clock: Clock, now: datetime) -> Iterator[News]:
    """It was started because something earlier was not known yet."""
    ended = replace(
        clock, outcome=Outcome.CANCELLED, ended_at=clock.ended_at or now,
        why="an earlier event came to light",
    )  # fmt: skip
    if ended.stands:
        ended = ended.withdrawn()
        yield News(Said.BREACH_WITHDRAWN, ended)
    yield News(Said.CANCELLED, ended, gone=True)


def _changes(before: Clock | None, clock: Clock, now: datetime) -> Iterator[News]:
    if before is None:
        yield News(Said.STARTED, _as_started(clock))
    else:
        if clock.stands and not clock.broken(now):
            clock = clock.withdrawn()
            yield News(Said.BREACH_WITHDRAWN, clock)
        yield from _moved(before, clock)
    if clock.outcome is Outcome.RUNNING:
        if before is None and clock.paused_at is not None:
            yield News(Said.PAUSED, clock)
        return
    if before is not None and _same_end(before, clock):
        return
    if clock.late and clock.stage is not Stage.BREACHED:
        clock = replace(clock, stage=Stage.BREACHED)
        yield News(Said.BREACHED, clock)
    yield News(Said.MET if clock.outcome is Outcome.MET else Said.CANCELLED, clock)


def _as_started(clock: Clock) -> Clock:
    return replace(clock, outcome=Outcome.RUNNING, ended_at=None, paused_at=None)


def _moved(before: Clock, clock: Clock) -> Iterator[News]:
    """Another target, a pause or its end, or other instants because of an earlier one."""
    if _terms(before) != _terms(clock):
        yield News(Said.RETARGETED, _as_retargeted(clock))
    if clock.outcome is not Outcome.RUNNING:
        return
    if clock.paused_at is not None:
        if clock.paused_at != before.paused_at:
            yield News(Said.PAUSED, clock)
    elif before.paused_at is not None or before.outcome is not Outcome.RUNNING:
        yield News(Said.RESUMED, replace(clock, why=clock.why or "the answer did not arrive"))
    elif before.due_at != clock.due_at and _terms(before) == _terms(clock):
        yield News(Said.RESUMED, clock)


def _as_retargeted(clock: Clock) -> Clock:
    """With the reason of that, whatever has happened to it since."""
    reasons = [entry.why for entry in clock.entries if entry.what == Said.RETARGETED]
    return replace(clock, why=reasons[-1]) if reasons else clock


def _terms(clock: Clock) -> tuple[object, ...]:
    return clock.retargets, clock.policy_id, clock.target_seconds


def _same_end(before: Clock, after: Clock) -> bool:
    return (before.outcome, before.ended_at, before.late) == (
        after.outcome, after.ended_at, after.late,
    )  # fmt: skip
