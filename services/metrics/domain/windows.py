"""Minutes, hours and days of UTC: the windows that KPIs are counted in."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Literal

Grain = Literal["minute", "hour", "day"]
"""Length of a window. A day begins at midnight UTC."""

GRAINS: Final[tuple[Grain, ...]] = ("minute", "hour", "day")
LENGTH: Final[dict[Grain, timedelta]] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


def start_of(at: datetime, grain: Grain) -> datetime:
    """First instant of the window that `at` (UTC) lies in."""
    if grain == "minute":
        return at.replace(second=0, microsecond=0)
    if grain == "hour":
        return at.replace(minute=0, second=0, microsecond=0)
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def end_of(at: datetime, grain: Grain) -> datetime:
    """First instant after the window that `at` (UTC) lies in."""
    return start_of(at, grain) + LENGTH[grain]


def not_before(at: datetime, grain: Grain) -> datetime:
    """First window start at or after `at` (UTC)."""
    start = start_of(at, grain)
    return start if start == at else start + LENGTH[grain]


def starts(since: datetime, until: datetime, grain: Grain) -> Iterator[datetime]:
    """Starts of all windows that overlap [since, until), in order."""
    start = start_of(since, grain)
    while start < until:
        yield start
        start += LENGTH[grain]


def count_of(since: datetime, until: datetime, grain: Grain) -> int:
    """How many windows `starts` would give, without making them."""
    length = until - start_of(since, grain)
    return max(0, -(-length // LENGTH[grain]))


def after(at: datetime) -> dict[Grain, tuple[datetime, datetime | None]]:
    """All time from `at` on, cut into as few windows as possible: minutes, then hours, then days.

    `at` must be the start of a minute. Each grain has its [first, end) of window starts, the days
    have no end. What happened from `at` on is the sum over these windows.
    """
    hour, day = not_before(at, "hour"), not_before(at, "day")
    return {"minute": (at, hour), "hour": (hour, day), "day": (day, None)}
