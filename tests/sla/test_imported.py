"""iCalendar files as they are found in the world: what is closed, and what is left out and why."""

from datetime import date

import pytest

from services.sla.domain.calendar.imported import Imported, closed_days

START = "DTSTART;VALUE=DATE:20260706"


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT"])


def file(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *events, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def found(*lines: str, since: date = date(2026, 1, 1), years: int = 5) -> Imported:
    return closed_days(file(event("SUMMARY:Outing", *lines)), since, years)


def days(*lines: str) -> list[str]:
    return [each["date"] for each in found(*lines).dates]


@pytest.mark.parametrize("often", ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
@pytest.mark.parametrize("interval", ["0", "-1"])
def test_a_rule_whose_interval_is_below_one_is_left_out(often: str, interval: str) -> None:
    imported = found(START, f"RRULE:FREQ={often};INTERVAL={interval}")
    assert imported.dates == []
    assert imported.skipped == ["Outing: it recurs at an interval below 1, which is none"]
