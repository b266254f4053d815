"""What there is to announce about clocks: when their history changes, and when time goes by."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.sla.domain.clocks import Clock, Clocks, Outcome, Stage


class Said(StrEnum):
    """What is announced about a clock."""

    STARTED = "started"
    DUE_SOON = "due-soon"
    BREACHED = "breached"
    BREACH_WITHDRAWN = "breach-withdrawn"
    MET = "met"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class News:
    """One thing to announce, and the clock as it is after it."""

    said: Said
    clock: Clock

    def at(self, now: datetime) -> datetime:
        """When it happened. Only a withdrawal happens when it is noticed, now."""
        if self.said is Said.STARTED:
            return self.clock.started_at
        if self.said is Said.DUE_SOON:
            return self.clock.due_soon_at
        if self.said is Said.BREACHED:
            return self.clock.due_at
        return now if self.said is Said.BREACH_WITHDRAWN else self.clock.ended_at or now


def pass_time(clock: Clock, now: datetime) -> list[News]:
    """What a clock has to announce by `now`: the warning, the breach, after downtime both."""
    news: list[News] = []
    while (due := clock.next_at) is not None and due <= now:
        soon = clock.stage is Stage.QUIET
        clock = replace(clock, stage=Stage.DUE_SOON if soon else Stage.BREACHED)
        news.append(News(Said.DUE_SOON if soon else Said.BREACHED, clock))
    return news


def compare(before: Clocks, after: Clocks) -> list[News]:
    """What there is to announce when a ticket's clocks were `before` and its history says `after`.

    Whatever changed in a clock has news, and its last news has the clock as it is to be kept.
    """
    return [news for key, clock in after.items() for news in _changes(before.get(key), clock)]


def _changes(before: Clock | None, clock: Clock) -> Iterator[News]:
    if before is None:
        yield News(Said.STARTED, clock.running)
    if clock.outcome is Outcome.RUNNING or (before is not None and _same_end(before, clock)):
        return
    if clock.late and clock.stage < Stage.BREACHED:
        clock = replace(clock, stage=Stage.BREACHED)
        yield News(Said.BREACHED, clock)
    elif clock.stage is Stage.BREACHED and not clock.late:
        clock = replace(clock, stage=Stage.WITHDRAWN)
        yield News(Said.BREACH_WITHDRAWN, clock)
    yield News(Said.MET if clock.outcome is Outcome.MET else Said.CANCELLED, clock)


def _same_end(before: Clock, after: Clock) -> bool:
    return (before.outcome, before.ended_at) == (after.outcome, after.ended_at)
