"""On which dates a whole-day event of an iCalendar file recurs (RFC 5545 §3.8.5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final

from dateutil.rrule import rruleset, rrulestr

MOST_DAYS: Final = 2_000
"""Days that are taken from one file."""
_OLDEST = 1900


@dataclass(frozen=True, slots=True)
class Recurrence:
    """begins: the first date. rule: RRULE, None for an event that has none.

    more: dates beside those of the rule (RDATE). without: dates that are taken out (EXDATE, or
    what another event of the file says of one date).
    """

    begins: date
    rule: Any
    more: tuple[date, ...] = ()
    without: frozenset[date] = frozenset()

    def every_year(self, since: date) -> bool:
        """Whether it says no more than "on this date, every year" of all years from `since` on."""
        plain = self.rule is not None and _every_year(self.rule)
        return plain and self.begins <= since and not self.more and not self.without

    def dates(self, since: date, years: int) -> Iterator[date]:
        """From `since` on, in order; of a rule those of so many years. Raises ValueError."""
        until = since + timedelta(days=366 * years) if self.rule else date.max
        found = self._set().xafter(_midnight(since), inc=True)
        for at in islice(found, MOST_DAYS + 1):
            if at.date() > until:
                return
            yield at.date()

    def _set(self) -> Any:
        found, first = rruleset(), _midnight(self.begins)
        if self.rule is None:
            found.rdate(first)
        else:
            found.rrule(rrulestr(self.rule.to_ical().decode(), dtstart=first, ignoretz=True))
        for on in self.more:
            found.rdate(_midnight(on))
        for on in self.without:
            found.exdate(_midnight(on))
        return found


def too_much(rule: Mapping[str, Any] | None, begins: date) -> str | None:
    """Why a rule is not gone through: one that hardly ever fits would be tried for ever."""
    if rule is None:
        return None
    given = {key.upper() for key in rule}
    if begins.year < _OLDEST:
        return f"it recurs since before {_OLDEST}"
    if rule.get("FREQ") not in (["DAILY"], ["WEEKLY"], ["MONTHLY"], ["YEARLY"]):
        return "it recurs more often than once a day"
    if any(int(every) < 1 for every in rule.get("INTERVAL", ())):
        return "it recurs at an interval below 1, which is none"
    # Days that hardly ever or never come, such as each 30 February, are looked for until 9999.
    counted = "COUNT" in given or rule.get("FREQ") == ["DAILY"]
    chosen = any(key.startswith("BY") for key in given - {"BYDAY", "BYMONTH"})
    return "it recurs so many times on chosen days" if counted and chosen else None


def _every_year(rule: Mapping[str, Any]) -> bool:
    given = {key.upper() for key in rule}
    return rule.get("FREQ") == ["YEARLY"] and given <= {"FREQ", "INTERVAL"} and (
        rule.get("INTERVAL", [1]) == [1]
    )  # fmt: skip


def _midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day)  # noqa: DTZ001 (dates have no zone)
