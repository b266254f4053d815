"""Calendars as people write them down: a JSON document, and what is wrong with it in words."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from services.sla.domain.calendar.model import LONGEST_DAY, Calendar, Hours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([0-4]?\d):([0-5]\d)(?::([0-5]\d))?")
_YEARLY = re.compile(r"--(\d\d)-(\d\d)")
_FULL = 86_400


class BadCalendar(ValueError):
    """The document is no calendar. `pointer` says where (RFC 6901), the text what and why."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(f"{pointer}: {problem}")
        self.pointer, self.problem = pointer, problem


def calendar_of(document: Mapping[str, Any]) -> Calendar:
    """The calendar that a document describes; raises BadCalendar.

    zone: an IANA name. hours: weekday (mon…sun) → [["09:00", "17:30"], …]; an end that is not
    after its start, or is above 24:00, lies in the next day; ["00:00", "24:00"] is all day.
    holidays: {country, subdivision?} of the package `holidays` (ISO 3166 codes). dates: [{date:
    YYYY-MM-DD, or --MM-DD for every year, name?, hours?}]: without hours the date is closed.
    """
    own, yearly, names = _dates(document.get("dates") or ())
    return Calendar(
        _zone(document.get("zone")),
        _week(document.get("hours") or {}),
        _Dates(own, yearly),
        _Dates(*names),
        _holidays(document.get("holidays")),
    )


class _Dates(Mapping[date, Any]):
    """Values by date, and by month and day for those that come every year."""

    def __init__(self, by_date: Mapping[date, Any], yearly: Mapping[tuple[int, int], Any]) -> None:
        self._by_date, self._yearly = by_date, yearly

    def __getitem__(self, on: date) -> Any:
        if on in self._by_date:
            return self._by_date[on]
        return self._yearly[on.month, on.day]

    def __iter__(self) -> Any:
        return iter(self._by_date)

    def __len__(self) -> int:
        return len(self._by_date) + len(self._yearly)


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ValueError, OSError, LookupError):
        raise BadCalendar(
            "/zone", f"{name!r} is no IANA time zone, such as Europe/Berlin"
        ) from None


def _week(given: Mapping[str, Any]) -> tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]:
    for day in given:
        if day not in WEEKDAYS:
            raise BadCalendar(f"/hours/{day}", f"the days are {', '.join(WEEKDAYS)}")
    mon, tue, wed, thu, fri, sat, sun = (
        _hours(given.get(day) or (), f"/hours/{day}") for day in WEEKDAYS
    )
    return mon, tue, wed, thu, fri, sat, sun


def _hours(intervals: Sequence[Sequence[str]], pointer: str) -> Hours:
    found = []
    for index, interval in enumerate(intervals):
        at = f"{pointer}/{index}"
        if len(interval) != 2:
            raise BadCalendar(at, 'an interval is two times, such as ["09:00", "17:30"]')
        start, end = (_seconds(time, f"{at}/{n}") for n, time in enumerate(interval))
        if end <= start:
            end += _FULL
        if start >= _FULL or end - start > _FULL or end > LONGEST_DAY:
            raise BadCalendar(at, "an interval begins on its day and is at most 24 hours long")
        found.append((start, end))
    return tuple(sorted(found))


def _seconds(time: str, pointer: str) -> int:
    match = _TIME.fullmatch(str(time))
    if match is None:
        raise BadCalendar(pointer, f"{time!r} is no time of the form HH:MM")
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    return hours * 3600 + minutes * 60 + seconds


_ByDate = tuple[dict[date, Any], dict[tuple[int, int], Any]]


def _dates(
    entries: Sequence[Mapping[str, Any]],
) -> tuple[dict[date, Hours], dict[tuple[int, int], Hours], _ByDate]:
    """Hours of single dates and of dates of every year; names of the closed and the named ones."""
    hours: _ByDate = ({}, {})
    names: _ByDate = ({}, {})
    for index, entry in enumerate(entries):
        pointer = f"/dates/{index}"
        key = _date(str(entry.get("date")), f"{pointer}/date")
        yearly = isinstance(key, tuple)
        opened = _hours(entry.get("hours") or (), f"{pointer}/hours")
        hours[yearly][key] = opened  # type: ignore[index]
        if not opened or entry.get("name"):
            names[yearly][key] = str(entry.get("name") or "closed day")  # type: ignore[index]
    return hours[0], hours[1], names


def _date(given: str, pointer: str) -> date | tuple[int, int]:
    try:
        if yearly := _YEARLY.fullmatch(given):
            leap = date(2000, int(yearly[1]), int(yearly[2]))
            return leap.month, leap.day
        return date.fromisoformat(given)
    except ValueError:
        raise BadCalendar(pointer, f"{given!r} is no date: YYYY-MM-DD, or --MM-DD") from None


def _holidays(given: Mapping[str, Any] | None) -> Callable[[date], str | None]:
    if not given:
        return lambda _: None
    country, subdivision = str(given.get("country")).upper(), given.get("subdivision")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise BadCalendar("/holidays/country", f"{country!r} is no country whose holidays we know")
    if subdivision is not None and subdivision not in known[country]:
        listed = ", ".join(known[country]) or "none"
        raise BadCalendar("/holidays/subdivision", f"{subdivision!r} is none of: {listed}")
    return lambda on: _of_year(country, subdivision, on.year).get(on)


@lru_cache(maxsize=1024)
def _of_year(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    return dict(
        holidays.country_holidays(country, subdivision, years=year, language="en_US").items()
    )
