"""Closed days from an iCalendar file (RFC 5545): its whole-day events, with their names."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from icalendar import Calendar as File
from icalendar import vBroken
from icalendar.cal import Component

from services.sla.domain.calendar.recurrence import MOST_DAYS, Recurrence, too_much

_LONGEST = timedelta(days=366)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class NotReadable(ValueError):
    """The file is no iCalendar file, or holds too much."""


class LeftOut(ValueError):
    """An event that says nothing about days off, or cannot be read; the text says why."""


@dataclass(slots=True)
class Imported:
    """dates: entries for a calendar document's `dates`. skipped: what was left out, and why."""

    dates: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def closed_days(data: bytes, since: date, years: int = 10) -> Imported:
    """The whole-day events of a file from `since` on, recurring ones for so many years.

    An event that recurs on one date of every year from `since` on becomes `--MM-DD`. Events with a
    time of day, cancelled ones and those that cannot be read are skipped, by name. Raises
    NotReadable.
    """
    try:
        events = File.from_ical(data).walk("VEVENT")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotReadable(f"this is no iCalendar file: {error}") from None
    replaced, found = _replaced(events), Imported()
    for event in events:
        name = _name(event)
        try:
            recurrence = _recurrence(event, replaced)
            entries = _entries(recurrence, name, _length(event, recurrence.begins), since, years)
            found.dates += list(islice(entries, MOST_DAYS + 1))
        except LeftOut as error:
            found.skipped.append(f"{name}: {error}")
        except (ValueError, OverflowError, TypeError) as error:  # a rule or a date out of range
            found.skipped.append(f"{name}: it cannot be read: {error}")
        if len(found.dates) > MOST_DAYS:
            raise NotReadable(f"the file has more than {MOST_DAYS} days; import fewer years")
    return found


def _entries(
    recurrence: Recurrence, name: str, length: timedelta, since: date, years: int
) -> Iterator[dict[str, Any]]:
    if length.days == 1 and recurrence.every_year(since):
        yield {"date": f"--{recurrence.begins:%m-%d}", "name": name}
        return
    for first in recurrence.dates(since - length, years):
        for day in range(length.days):
            on = first + timedelta(days=day)
            if on >= since:
                yield {"date": on.isoformat(), "name": name}


def _recurrence(event: Component, replaced: Mapping[str, set[date]]) -> Recurrence:
    """When an event takes place. Raises LeftOut."""
    if _text(event, "status").upper() == "CANCELLED":
        raise LeftOut("it is cancelled")
    begins = _begins(event)
    rule = _one(event, "rrule")
    why = "it has an EXRULE" if "exrule" in event else too_much(rule, begins)
    if why is not None:
        raise LeftOut(why)
    without = set(_dates(event, "exdate"))
    if "recurrence-id" not in event:
        without |= replaced.get(_text(event, "uid"), set())
    return Recurrence(begins, rule, tuple(_dates(event, "rdate")), frozenset(without))


def _replaced(events: Iterable[Component]) -> dict[str, set[date]]:
    """By UID the dates of recurring events that other events of the file speak of instead."""
    found: dict[str, set[date]] = {}
    for event in events:
        value = event.get("recurrence-id")
        on = None if value is None or isinstance(value, list | vBroken) else value.dt
        if isinstance(on, date):
            found.setdefault(_text(event, "uid"), set()).add(_day(on))
    return found


def _name(event: Component) -> str:
    # Line breaks and the like become blanks: a name is one line.
    return _CONTROL.sub(" ", _text(event, "summary")).strip()[:200] or "closed day"


def _begins(event: Component) -> date:
    begins = _one(event, "dtstart")
    on = None if begins is None else begins.dt
    if not isinstance(on, date) or isinstance(on, datetime):
        raise LeftOut("it has a time of day")
    return on


def _length(event: Component, begins: date) -> timedelta:
    """Whole days; DTEND is the day after the last one (RFC 5545 §3.6.1), without it one day."""
    ends, duration = _one(event, "dtend"), _one(event, "duration")
    if ends is not None and isinstance(ends.dt, date) and not isinstance(ends.dt, datetime):
        days = (ends.dt - begins).days
    else:
        days = duration.dt.days if duration is not None else 1
    return min(timedelta(days=max(1, days)), _LONGEST)


def _dates(event: Component, name: str) -> Iterator[date]:
    """The dates that an event lists under a name, in one line or several."""
    given = event.get(name, [])
    for line in given if isinstance(given, list) else [given]:
        if isinstance(line, vBroken):
            raise LeftOut(f"its {name.upper()} cannot be read")
        for each in line.dts:
            if not isinstance(each.dt, date):
                raise LeftOut(f"its {name.upper()} is no date")
            yield _day(each.dt)


def _day(on: date) -> date:
    return on.date() if isinstance(on, datetime) else on


def _one(event: Component, name: str) -> Any:
    """The value of a name that an event may have once, None without it. Raises LeftOut."""
    value = event.get(name)
    if isinstance(value, list):
        raise LeftOut(f"it has more than one {name.upper()}")
    if isinstance(value, vBroken):
        raise LeftOut(f"its {name.upper()} cannot be read")
    return value


def _text(event: Component, name: str) -> str:
    """The first text of a name, "" without it."""
    value = event.get(name, "")
    return str(next(iter(value), "") if isinstance(value, list) else value).strip()
