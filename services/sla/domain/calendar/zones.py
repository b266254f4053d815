"""Time zones as stretches of constant offset, so that reckoning over them is plain arithmetic."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000_000
"""Instants are whole microseconds since 1970-01-01T00:00Z; this many of them are a second."""
DAY = 86_400 * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# No zone of tzdata has gone to another offset and back within so few hours.
_STEP = 3 * 3600 * SECOND

Stretch = tuple[int, int, int]
"""Instants from and to, and local time minus UTC between them, in microseconds."""


def instant(moment: datetime) -> int:
    """An aware datetime as microseconds since 1970-01-01T00:00Z."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """Microseconds since 1970-01-01T00:00Z as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=at)


@lru_cache(maxsize=4096)
def stretches(zone: ZoneInfo, year: int) -> tuple[Stretch, ...]:
    """The stretches of constant offset that make up one year of UTC, in their order."""
    first, last = year_begins(year), year_begins(year + 1)
    found: list[Stretch] = []
    begun, offset = first, _offset(zone, first)
    before = first
    for after in (*range(first + _STEP, last, _STEP), last - SECOND):
        if (changed := _offset(zone, after)) != offset:
            change = _change(zone, before, after, offset)
            found.append((begun, change, offset))
            begun, offset = change, changed
        before = after
    return (*found, (begun, last, offset))


@lru_cache(maxsize=1024)
def year_begins(year: int) -> int:
    """The instant at which a year of UTC begins."""
    return instant(datetime(year, 1, 1, tzinfo=UTC))


def local_days(stretch: Stretch) -> Iterator[tuple[int, int]]:
    """The local dates that a stretch touches: days since 1970-01-01, and each one's midnight.

    Midnight is an instant by the stretch's offset; it may lie before the stretch.
    """
    begun, ended, offset = stretch
    for day in range((begun + offset) // DAY, (ended + offset - 1) // DAY + 1):
        yield day, day * DAY - offset


def _offset(zone: ZoneInfo, at: int) -> int:
    offset = moment(at).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // _MICROSECOND


def _change(zone: ZoneInfo, before: int, after: int, offset: int) -> int:
    """The first whole second after `before` with another offset than `offset`."""
    low, high = before // SECOND, after // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle * SECOND) == offset:
            low = middle
        else:
            high = middle
    return high * SECOND
