"""Business time: how much of it lies between two instants, and where so much of it ends.

Each year of UTC is laid out once as open stretches with the time that has gone by before each, so
that both questions are a search in a sorted list.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from services.sla.domain.calendar.model import Calendar
from services.sla.domain.calendar.zones import (
    SECOND,
    Stretch,
    instant,
    local_days,
    moment,
    stretches,
    year_begins,
)

_FARTHEST = 20
"""Years ahead that are looked through for open time."""


class NeverOpen(ValueError):
    """The calendar has not as much open time in the 20 years after the start."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that counts (`open`) or not; reason: open, closed or holiday: <name>."""

    start: datetime
    end: datetime
    open: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Year:
    """One year of UTC. done: open microseconds in the year up to the end of each stretch."""

    starts: list[int]
    ends: list[int]
    done: list[int]

    @property
    def total(self) -> int:
        return self.done[-1] if self.done else 0

    def open_before(self, at: int) -> int:
        """Open microseconds of the year that lie before `at`."""
        index = bisect_right(self.starts, at) - 1
        return 0 if index < 0 else self.done[index] - max(0, self.ends[index] - at)

    def reached(self, amount: int) -> int:
        """The first instant by which `amount` (1 to total) has gone by."""
        index = bisect_left(self.done, amount)
        return self.ends[index] - (self.done[index] - amount)


def add(calendar: Calendar, start: datetime, seconds: int) -> datetime:
    """The first instant (UTC) by which `seconds` of business time have gone by since `start`.

    0 seconds have gone by at once, at `start` itself. Raises NeverOpen, ValueError for a negative
    length.
    """
    return after(calendar, start, seconds * SECOND)


def after(calendar: Calendar, start: datetime, microseconds: int) -> datetime:
    """As `add`, to the microsecond: for what has run a while before `start`."""
    if microseconds <= 0:
        if microseconds < 0:
            raise ValueError("business time cannot be negative")
        return start
    at, number = instant(start), start.astimezone(UTC).year
    year = _year(calendar, number)
    left = microseconds + year.open_before(at)
    for ahead in range(1, _FARTHEST + 2):
        if left <= year.total:
            return moment(year.reached(left))
        left -= year.total
        if number + ahead > 9998:
            break
        year = _year(calendar, number + ahead)
    raise NeverOpen(
        f"there are not {microseconds // SECOND} s of open time in the {_FARTHEST} years "
        f"after {start}"
    )


def between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Whole seconds of business time from `start` to `end`; 0 if `end` is the earlier one."""
    return passed(calendar, start, end) // SECOND


def passed(calendar: Calendar, start: datetime, end: datetime) -> int:
    """As `between`, in microseconds: what can be added up without losing any."""
    if end <= start:
        return 0
    first, last = start.astimezone(UTC).year, end.astimezone(UTC).year
    found = _year(calendar, last).open_before(instant(end))
    found -= _year(calendar, first).open_before(instant(start))
    return found + sum(_year(calendar, number).total for number in range(first, last))


def spans(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Span]:
    """Everything from `start` to `end`, in order and without gaps, and why it counts or not."""
    for begun, ended, reason in _joined(_pieces(calendar, instant(start), instant(end))):
        yield Span(moment(begun), moment(ended), reason == _OPEN, reason)


_OPEN = "open"
_Piece = tuple[int, int, str]


def _pieces(calendar: Calendar, start: int, end: int) -> Iterator[_Piece]:
    at = start
    for number in range(moment(start).year, moment(end).year + 1):
        year = _year(calendar, number)
        for begun, ended in zip(year.starts, year.ends, strict=True):
            if ended > at and begun < end:
                yield from _closed(calendar, at, max(at, begun))
                yield max(at, begun), min(end, ended), _OPEN
                at = min(end, ended)
    yield from _closed(calendar, at, end)


def _closed(calendar: Calendar, start: int, end: int) -> Iterator[_Piece]:
    """Closed time, day by day, since each local date has a reason of its own."""
    if end <= start:
        return
    for number in range(moment(start).year, moment(end).year + 1):
        for begun, ended, offset in stretches(calendar.zone, number):
            inside: Stretch = (max(begun, start), min(ended, end), offset)
            if inside[0] < inside[1]:
                for day, midnight in local_days(inside):
                    until = min(inside[1], midnight + 86_400 * SECOND)
                    yield max(inside[0], midnight), until, calendar.reason(day)


def _joined(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """Neighbours with one reason as one piece."""
    last: _Piece | None = None
    for piece in pieces:
        if last is not None and last[2] == piece[2]:
            last = (last[0], piece[1], piece[2])
        else:
            if last is not None:
                yield last
            last = piece
    if last is not None:
        yield last


def _year(calendar: Calendar, number: int) -> _Year:
    found = calendar.years.get(number)
    if found is None:
        found = calendar.years[number] = _laid_out(calendar, number)
    assert isinstance(found, _Year)
    return found


def _laid_out(calendar: Calendar, number: int) -> _Year:
    if not 1 < number < 9999:
        raise NeverOpen(f"the year {number} is out of reach")
    begun, ended = year_begins(number), year_begins(number + 1)
    opened: list[tuple[int, int]] = []
    for stretch in stretches(calendar.zone, number):
        opened += _opened(calendar, stretch)
    merged = _merged(opened)
    starts = [max(begun, start) for start, _ in merged]
    ends = [min(ended, end) for _, end in merged]
    lengths = (end - start for start, end in zip(starts, ends, strict=True))
    return _Year(starts, ends, list(accumulate(lengths)))


def _opened(calendar: Calendar, stretch: Stretch) -> Iterator[tuple[int, int]]:
    """The open intervals of a stretch of constant offset, clipped to it."""
    begun, ended, offset = stretch
    # The day before too: its shift may end after midnight.
    first = (begun + offset) // (86_400 * SECOND) - 1
    for day in range(first, (ended + offset - 1) // (86_400 * SECOND) + 1):
        midnight = day * 86_400 * SECOND - offset
        for start, end in calendar.hours(day):
            inside = max(begun, midnight + start * SECOND), min(ended, midnight + end * SECOND)
            if inside[0] < inside[1]:
                yield inside


def _merged(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted, and those that touch or overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
