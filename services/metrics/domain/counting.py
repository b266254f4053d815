"""From facts to counts: what a ticket adds to which window, and what a change takes back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple

from services.metrics.domain.sketches import bin_of
from services.metrics.domain.tickets import Fact, Place
from services.metrics.domain.windows import GRAINS, Grain, start_of

Metric = Literal["ticket-volume", "backlog", "first-response-time", "resolution-time"]

VOLUME: Final = "ticket-volume"
BACKLOG: Final = "backlog"
FIRST_RESPONSE: Final = "first-response-time"
RESOLUTION: Final = "resolution-time"

StoredGrain = Literal["minute", "hour", "day", "ever"]
"""A window's length as it is stored: `ever` is one row for all time, which only the backlog has."""

EVER: Final = datetime.fromisoformat("1900-01-01T00:00:00+00:00")
"""The start that rows of the grain `ever` carry."""


class Measurement(NamedTuple):
    """One thing counted at one instant. number: signed. milliseconds: None unless a length."""

    metric: Metric
    at: datetime
    place: Place
    number: int
    milliseconds: int | None


class Cell(NamedTuple):
    """One number's address: a window of a metric for one combination of channel, team, priority."""

    tenant: str
    metric: Metric
    grain: StoredGrain
    start: datetime
    place: Place


@dataclass(slots=True)
class Changes:
    """What a batch adds to cells and bins; negative where it takes back.

    cells: count and sum of milliseconds. bins: how many lengths more in a bin of a cell.
    traces: the W3C traceparent of an event that changed the cell.
    """

    cells: dict[Cell, tuple[int, int]] = field(default_factory=dict)
    bins: dict[tuple[Cell, int], int] = field(default_factory=dict)
    traces: dict[Cell, str] = field(default_factory=dict)

    def move(
        self, tenant: str, before: Fact | None, after: Fact, traceparent: str | None = None
    ) -> None:
        """Take back what a ticket counted for, and count what it counts for now."""
        gone = list(measure(before)) if before else []
        for measurement in measure(after):
            if measurement in gone:
                gone.remove(measurement)
            else:
                self._add(tenant, measurement, 1, traceparent)
        for measurement in gone:
            self._add(tenant, measurement, -1, traceparent)

    def _add(self, tenant: str, measured: Measurement, sign: int, traceparent: str | None) -> None:
        metric, at, place, number, milliseconds = measured
        cell = Cell(tenant, metric, "minute", start_of(at, "minute"), place)
        counted, summed = self.cells.get(cell, (0, 0))
        self.cells[cell] = counted + sign * number, summed + sign * (milliseconds or 0)
        if traceparent is not None:
            self.traces[cell] = traceparent
        if milliseconds is not None:
            slot = cell, bin_of(milliseconds)
            self.bins[slot] = self.bins.get(slot, 0) + sign

    def rolled_up(self, kept_since: Mapping[Grain, datetime]) -> "Changes":
        """The same by every stored grain, without what comes to nothing or is no longer kept.

        kept_since: of each grain, the start of the oldest window that is still stored.
        """
        total = Changes()
        for cell, (count, milliseconds) in self.cells.items():
            if not (count or milliseconds):
                continue
            for wider in _wider(cell, kept_since):
                counted, summed = total.cells.get(wider, (0, 0))
                total.cells[wider] = counted + count, summed + milliseconds
                if cell in self.traces:
                    total.traces[wider] = self.traces[cell]
        for (cell, bin_), count in self.bins.items():
            for wider in _wider(cell, kept_since) if count else ():
                slot = wider, bin_
                total.bins[slot] = total.bins.get(slot, 0) + count
        return total


def measure(fact: Fact) -> Iterator[Measurement]:
    """Everything that one ticket counts for."""
    place = fact.place
    yield Measurement(VOLUME, fact.opened_at, place, 1, None)
    yield from _backlog(fact)
    if fact.replied_at is not None:
        yield _length(FIRST_RESPONSE, fact, fact.replied_at)
    if fact.resolved_at is not None:
        yield _length(RESOLUTION, fact, fact.resolved_at)


def _length(metric: Metric, fact: Fact, end: datetime) -> Measurement:
    """The time from opening to `end`, in the window of `end`; a negative one is 0 (DESIGN §2)."""
    length = max(0, _milliseconds(fact.opened_at, end))
    return Measurement(metric, end, fact.place, 1, length)


def _milliseconds(begin: datetime, end: datetime) -> int:
    length = end - begin
    return (length.days * 86400 + length.seconds) * 1000 + length.microseconds // 1000


def _backlog(fact: Fact) -> Iterator[Measurement]:
    """+1 where the ticket comes to wait, -1 where it no longer does, at the instant of the change.

    The first step known counts from the opening. A change dated before the one that it follows
    happened, for the backlog, at the same instant.
    """
    at = fact.opened_at
    before = None
    for step in fact.steps:
        if before is not None:
            if not step.leaves(before):
                continue
            at = max(at, step.at)
            if before.unsolved:
                yield Measurement(BACKLOG, at, before.place, -1, None)
        if step.unsolved:
            yield Measurement(BACKLOG, at, step.place, 1, None)
        before = step


def _wider(cell: Cell, kept_since: Mapping[Grain, datetime]) -> Iterator[Cell]:
    tenant, metric, _, minute, place = cell
    for grain in GRAINS:
        start = start_of(minute, grain)
        if start >= kept_since[grain]:
            yield Cell(tenant, metric, grain, start, place)
    if metric == BACKLOG:
        yield Cell(tenant, metric, "ever", EVER, place)
