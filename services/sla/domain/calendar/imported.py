"""Closed days from an iCalendar file (RFC 5545): its whole-day events, with their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from dateutil.rrule import rrulestr
from icalendar import Calendar as File
from icalendar.cal import Component

_LONGEST = timedelta(days=366)
_MOST = 2_000
_OLDEST = 1900


class NotReadable(ValueError):
    """The file is no iCalendar file, or holds too much."""


@dataclass(slots=True)
class Imported:
    """dates: entries for a calendar document's `dates`. skipped: what was left out, and why."""

    dates: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def closed_days(data: bytes, since: date, years: int = 10) -> Imported:
    """The whole-day events of a file from `since` on, recurring ones for so many years.

    An event that recurs on one date every year becomes `--MM-DD`. Events with a time of day say
    nothing about days off and are skipped, by name. Raises NotReadable.
    """
    try:
        events = File.from_ical(data).walk("VEVENT")
    except (ValueError, IndexError, KeyError) as error:
        raise NotReadable(f"this is no iCalendar file: {error}") from None
    found = Imported()
    for event in events:
        name = str(event.get("summary", "")).strip()[:200] or "closed day"
        begins = event.get("dtstart")
        if begins is None or isinstance(begins.dt, datetime):
            found.skipped.append(f"{name}: it has a time of day")
            continue
        if (why := _too_much(event.get("rrule"), begins.dt)) is not None:
            found.skipped.append(f"{name}: {why}")
            continue
        found.dates += _entries(event, name, begins.dt, since, years)
        if len(found.dates) > _MOST:
            raise NotReadable(f"the file has more than {_MOST} days; import fewer years")
    return found


def _entries(
    event: Component, name: str, begins: date, since: date, years: int
) -> Iterator[dict[str, Any]]:
    rule = event.get("rrule")
    length = _length(event, begins)
    if rule is not None and length.days == 1 and _every_year(rule):
        yield {"date": f"--{begins:%m-%d}", "name": name}
        return
    for first in _occurrences(rule, begins, since - length, years):
        for day in range(length.days):
            on = first + timedelta(days=day)
            if on >= since:
                yield {"date": on.isoformat(), "name": name}


def _too_much(rule: Mapping[str, Any] | None, begins: date) -> str | None:
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
    """Whether a rule says no more than "on this date, for ever"."""
    given = {key.upper() for key in rule}
    return rule.get("FREQ") == ["YEARLY"] and given <= {"FREQ", "INTERVAL"} and (
        rule.get("INTERVAL", [1]) == [1]
    )  # fmt: skip


def _length(event: Component, begins: date) -> timedelta:
    """Whole days; DTEND is the day after the last one (RFC 5545 §3.6.1), without it one day."""
    ends = event.get("dtend")
    if ends is not None and not isinstance(ends.dt, datetime):
        days = (ends.dt - begins).days
    else:
        duration = event.get("duration")
        days = duration.dt.days if duration is not None else 1
    return min(timedelta(days=max(1, days)), _LONGEST)


def _occurrences(rule: Any, begins: date, since: date, years: int) -> Iterator[date]:
    if rule is None:
        yield begins
        return
    first = datetime(begins.year, begins.month, begins.day)  # noqa: DTZ001 (dates have no zone)
    text = rule.to_ical().decode()
    after = datetime(since.year, since.month, since.day)  # noqa: DTZ001
    until = after + timedelta(days=366 * years)
    found = rrulestr(text, dtstart=first, ignoretz=True).xafter(after, inc=True)
    for at in islice(found, _MOST + 1):
        if at > until:
            return
        yield at.date()
