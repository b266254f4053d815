"""A business calendar: the hours of each weekday, holidays, and dates with hours of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

Hours = tuple[tuple[int, int], ...]
"""Intervals of one day in seconds from its midnight by the wall clock; an end above 86,400 lies in
the next day."""

LONGEST_DAY = 2 * 86_400
_EPOCH_DAY = date(1970, 1, 1).toordinal()
CLOSED: Hours = ()


def _no_holidays(_: date) -> str | None:
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """When work is done. Open is every instant whose wall-clock time lies in its day's hours.

    Of a night that has an hour twice both count; an hour that the clocks skip does not exist. A
    shift belongs to the date that it begins on, also after midnight. week: seven entries, Monday
    first. dates: hours of single dates, before all else (half days, one-off openings), with a name
    for those that are closed or have one. holiday: the name of a date's holiday, None for an
    ordinary date.

    Two calendars are never equal: what was reckoned is kept with the calendar it belongs to.
    """

    zone: ZoneInfo
    week: tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
    dates: Mapping[date, Hours] = field(default_factory=dict)
    names: Mapping[date, str] = field(default_factory=dict)
    holiday: Callable[[date], str | None] = _no_holidays
    years: dict[int, object] = field(default_factory=dict, repr=False)
    """What `reckoning` has worked out, by year of UTC."""

    def hours(self, day: int) -> Hours:
        """The intervals of a local date, given as days since 1970-01-01."""
        on = date.fromordinal(_EPOCH_DAY + day)
        own = self.dates.get(on)
        if own is not None:
            return own
        return CLOSED if self._day_off(on) else self.week[on.weekday()]

    def reason(self, day: int) -> str:
        """Why a local date is closed when it is: `holiday: <name>`, else `closed`."""
        on = date.fromordinal(_EPOCH_DAY + day)
        name = self._day_off(on)
        return f"holiday: {name}" if name else "closed"

    def _day_off(self, on: date) -> str | None:
        return self.names.get(on) or self.holiday(on)


AROUND_THE_CLOCK = Calendar(ZoneInfo("UTC"), (((0, 86_400),),) * 7)
"""Always open: business seconds are the seconds on the wall."""
