"""Why a clock stands where it stands: every interval that counted, and every one that did not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.sla.domain.calendar import spans
from services.sla.domain.clocks import Clock, Entry, Outcome, Stretch
from services.sla.domain.history import Facts


@dataclass(frozen=True, slots=True)
class Interval:
    """A piece of a clock's life. reason: open, closed, holiday: <name>, paused: <status>, by
    <whom>, or what had ended the clock for a while. facts: the ticket meanwhile.
    """

    start: datetime
    end: datetime
    counted: bool
    reason: str
    facts: Facts

    @property
    def seconds(self) -> float:
        """Its length on the wall."""
        return (self.end - self.start).total_seconds()


def explain(clock: Clock, now: datetime) -> Iterator[Interval]:
    """Everything from the start of a folded clock to its end, or to `now`, without a gap.

    What counted adds up to its business seconds. Only clocks that `fold` made can be explained.
    """
    for stretch in (*clock.stretches, *_open_end(clock, now)):
        if stretch.calendar is None:
            yield Interval(stretch.start, stretch.end, False, stretch.why, stretch.facts)
            continue
        for span in spans(stretch.calendar, stretch.start, stretch.end):
            yield Interval(span.start, span.end, span.open, span.reason, stretch.facts)


def entries(clock: Clock, now: datetime) -> list[Entry]:
    """What a folded clock went through, in order, with what time alone brought about by `now`."""
    found = list(clock.entries)
    until = clock.paused_at or clock.ended_at or now
    found += [
        mark
        for mark in clock.marks()
        if (mark.at <= now if clock.ended_at is None else mark.at < until)
    ]
    return sorted(found, key=lambda entry: entry.at)


def _open_end(clock: Clock, now: datetime) -> Iterator[Stretch]:
    """From where the history ends to now."""
    begun = clock.stretches[-1].end if clock.stretches else clock.started_at
    if clock.outcome is Outcome.RUNNING and begun < now:
        yield Stretch(begun, now, clock.hours, clock.facts, clock.standing)
