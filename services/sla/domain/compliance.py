"""Compliance: how many promises were kept, and where the time of the others went.

compliance = met / (met + breached). A promise is decided when it was met, or when it was broken,
whichever comes first; one that was cancelled before it was due counts as neither.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

DIMENSIONS: Final = ("policy", "priority", "team", "agent", "tier", "channel", "category")
"""What promises are counted by, beside kind and day."""

UNASSIGNED: Final = "unassigned"
PAUSED: Final = "paused"
OUTSIDE_HOURS: Final = "outside hours"
STILL_OPEN: Final = "still open"
"""Reason of a promise that is broken and waits on: where its time went is known at its end."""
TIGHTENED: Final = "target was tightened when its time had gone by"

ClockId = tuple[str, UUID, str, int]
"""Tenant, ticket, kind and generation of a clock."""


def waiting_for(team: str | None) -> str:
    """Where time goes while a team has the ticket and somebody in it is at work on it."""
    return f"waiting for {team or 'no team'}"


@dataclass(frozen=True, slots=True)
class ClosedClock:
    """A decided promise as it is counted.

    day: UTC date on which it was decided. values: by DIMENSIONS, None where there is none. places:
    for one that was missed the seconds by where they went; reason: what took the most of them.
    """

    day: date
    kind: str
    breached: bool
    values: Mapping[str, str | None]
    places: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""

    @property
    def alike(self) -> tuple[Any, ...]:
        """All that it counts for: the same for those that add the same to the report."""
        return (
            self.day, self.kind, self.breached, self.reason,
            *self.values.items(), *self.places.items(),
        )  # fmt: skip

    def written(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "day": self.day.isoformat(), "kind": self.kind, "breached": self.breached,
            "values": dict(self.values), "places": dict(self.places), "reason": self.reason,
        }  # fmt: skip

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "ClosedClock":
        """Back from JSON."""
        return cls(**{**written, "day": date.fromisoformat(written["day"])})


def by_month(dimension: str) -> str:
    """The dimension under which whole months are counted, as of their first day."""
    return f"{dimension}/month"


@dataclass(frozen=True, slots=True)
class Days:
    """Stretches of days, first and last in it: those to be read by month, and by day around them.

    A long report adds up few rows so. A stretch whose last day is before its first is empty.
    """

    months: tuple[date, date]
    before: tuple[date, date]
    after: tuple[date, date]


def in_months(first: date, last: date) -> Days:
    """The whole months between two days, both in it, and the days that are left over."""
    begin = first if first.day == 1 else _next_month(first)
    end = _next_month(last) if _next_month(last) == last + _DAY else last.replace(day=1)
    if begin >= end:
        return in_days(first, last)
    return Days((begin, end - _DAY), (first, begin - _DAY), (end, last))


def in_days(first: date, last: date) -> Days:
    """The same with no month."""
    nothing = (last, last - _DAY)
    return Days(nothing, (first, last), nothing)


_DAY = timedelta(days=1)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


CountKey = tuple[str, str, date, str, str]
"""Tenant, dimension, day, value and kind."""
PlaceKey = tuple[str, str, date, str, str, str]
"""The same and the place."""


@dataclass(slots=True)
class Counts:
    """Signed counts: what to add to the report."""

    met: Counter[CountKey] = field(default_factory=Counter)
    breached: Counter[CountKey] = field(default_factory=Counter)
    seconds: Counter[PlaceKey] = field(default_factory=Counter)
    clocks: Counter[PlaceKey] = field(default_factory=Counter)

    def add(self, tenant: str, closed: ClosedClock, times: int) -> None:
        """Counts equal decided promises so many times, by day and by month; -1 takes one back."""
        month = closed.day.replace(day=1)
        for dimension, value in closed.values.items():
            for span in ((dimension, closed.day), (by_month(dimension), month)):
                self._add((tenant, *span, value or "", closed.kind), closed, times)

    def _add(self, key: CountKey, closed: ClosedClock, times: int) -> None:
        (self.breached if closed.breached else self.met)[key] += times
        for place, seconds in closed.places.items():
            self.seconds[*key, place] += times * seconds
        if closed.reason:
            self.clocks[*key, closed.reason] += times

    def count_rows(self) -> list[tuple[Any, ...]]:
        """Rows of the report: key, met, breached; in order, so that rivals never deadlock."""
        keys = sorted(self.met.keys() | self.breached.keys())
        rows = ((*key, self.met[key], self.breached[key]) for key in keys)
        return [row for row in rows if row[-1] or row[-2]]

    def place_rows(self) -> list[tuple[Any, ...]]:
        """Rows of missed time: key, seconds, clocks; in order."""
        keys = sorted(self.seconds.keys() | self.clocks.keys())
        rows = ((*key, self.seconds[key], self.clocks[key]) for key in keys)
        return [row for row in rows if row[-1] or row[-2]]


def change(
    before: Mapping[ClockId, ClosedClock], after: Mapping[ClockId, ClosedClock | None]
) -> Counts:
    """What it takes to count clocks as `after` that were counted as `before`."""
    # Many are alike, such as those that one timer fires: each kind of them is added up once.
    times: Counter[tuple[Any, ...]] = Counter()
    alike: dict[tuple[Any, ...], ClosedClock] = {}
    for id, now in after.items():
        for closed, sign in ((before.get(id), -1), (now, 1)):
            if closed is not None:
                key = (id[0], *closed.alike)
                alike[key] = closed
                times[key] += sign
    counts = Counts()
    for key, number in times.items():
        if number:
            counts.add(key[0], alike[key], number)
    return counts


def percent(met: int, breached: int) -> float | None:
    """met / (met + breached) in percent to two places; None where nothing was decided."""
    return round(100 * met / (met + breached), 2) if met + breached else None


def main_reason(places: Mapping[str, int]) -> str:
    """What took the most of the time that counted; the first by name among equals."""
    counted = {place: seconds for place, seconds in places.items() if place not in _NOT_COUNTED}
    return min(counted, key=lambda place: (-counted[place], place), default=UNASSIGNED)


_NOT_COUNTED = frozenset({PAUSED, OUTSIDE_HOURS})


def sum_places(pieces: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Whole seconds by place, of microseconds in pieces; places of none are left out.

    They are cut once, not piece by piece, so that many short pieces lose nothing.
    """
    found: Counter[str] = Counter()
    for place, microseconds in pieces:
        found[place] += microseconds
    cut = {place: microseconds // 1_000_000 for place, microseconds in found.items()}
    return {place: seconds for place, seconds in cut.items() if seconds > 0}
