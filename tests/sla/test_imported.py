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


@pytest.mark.parametrize(
    ("lines", "closed"),
    [
        ((START, "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;VALUE=DATE:20260713"),
         ["2026-07-06", "2026-07-20"]),
        ((START, "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20260706T000000Z", "EXDATE:20260720T000000Z"),
         ["2026-07-13"]),
        ((START, "RDATE;VALUE=DATE:20260713,20260720"),
         ["2026-07-06", "2026-07-13", "2026-07-20"]),
        ((START, "RDATE;VALUE=DATE:20390713"), ["2026-07-06", "2039-07-13"]),
        (("DTSTART;VALUE=DATE:20300105", "RRULE:FREQ=YEARLY"), ["2030-01-05"]),
        (("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=YEARLY"), ["--01-01"]),
        (("DTSTART;VALUE=DATE:20250105", "RRULE:FREQ=YEARLY", "EXDATE;VALUE=DATE:20270105"),
         ["2026-01-05", "2028-01-05", "2029-01-05", "2030-01-05"]),
    ],
)  # fmt: skip
def test_dates_that_are_added_and_taken_out_count_and_no_year_before_the_first(
    lines: tuple[str, ...], closed: list[str]
) -> None:
    assert (days(*lines), found(*lines).skipped) == (closed, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("STATUS:CANCELLED", "it is cancelled"),
        ("EXRULE:FREQ=WEEKLY", "it has an EXRULE"),
    ],
)
def test_what_is_cancelled_or_has_an_exrule_is_left_out_by_name(line: str, reason: str) -> None:
    assert found(START, line) == Imported([], [f"Outing: {reason}"])


def test_public_holidays_are_closed_though_calendars_mark_their_days_as_free() -> None:
    assert days(START, "TRANSP:TRANSPARENT") == days(START)


def test_one_date_of_a_series_that_was_moved_or_cancelled_is_not_closed() -> None:
    series = event(START, "RRULE:FREQ=WEEKLY;COUNT=3", "SUMMARY:Cleaning")
    moved = event("DTSTART;VALUE=DATE:20260714", "RECURRENCE-ID;VALUE=DATE:20260713")
    gone = event("DTSTART;VALUE=DATE:20260720", "RECURRENCE-ID;VALUE=DATE:20260720",
                 "STATUS:CANCELLED")  # fmt: skip
    imported = closed_days(file(series, moved, gone), date(2026, 1, 1))
    assert [each["date"] for each in imported.dates] == ["2026-07-06", "2026-07-14"]
    assert imported.skipped == ["closed day: it is cancelled"]


BAD = [
    ((START, "DTSTART;VALUE=DATE:20260707"), "it has more than one DTSTART"),
    ((START, "RRULE:FREQ=YEARLY", "RRULE:FREQ=WEEKLY;COUNT=2"), "it has more than one RRULE"),
    ((START, "RRULE:FREQ=YEARLY;BYDAY=XX"), "its RRULE cannot be read"),
    ((START, "RRULE:FREQ=MONTHLY;BYSETPOS=0;BYDAY=MO"), "it cannot be read: bysetpos must be"),
    (("DTSTART;VALUE=TIME:100000",), "it has a time of day"),
    (("DTSTART;VALUE=DATE:2026",), "its DTSTART cannot be read"),
    ((START, "DURATION:P99999999999D"), "its DURATION cannot be read"),
    ((START, "RDATE;VALUE=DATE:2026"), "its RDATE cannot be read"),
    (("DTSTART;VALUE=DATE:99991231", "DURATION:P5D"), "it cannot be read: date value out of"),
    ((START, "DTEND;VALUE=DATE:20260707", "DTEND;VALUE=DATE:20260708"), "more than one DTEND"),
]


@pytest.mark.parametrize(("lines", "reason"), BAD)
def test_a_bad_event_is_left_out_with_its_reason_and_harms_no_other(
    lines: tuple[str, ...], reason: str
) -> None:
    good = event("DTSTART;VALUE=DATE:20260901", "SUMMARY:Good")
    bad = event("SUMMARY:Bad", *lines)
    imported = closed_days(file(good, bad, good), date(2026, 1, 1))
    assert [each["date"] for each in imported.dates] == ["2026-09-01"] * 2
    assert len(imported.skipped) == 1
    assert imported.skipped[0].startswith("Bad: ")
    assert reason in imported.skipped[0]


@pytest.mark.parametrize("summary", ["a\\nb", "a\x00b", "a\tb\x7f", "\x01a \x02b"])
def test_control_characters_in_a_name_become_blanks(summary: str) -> None:
    [entry] = closed_days(file(event(START, f"SUMMARY:{summary}")), date(2026, 1, 1)).dates
    assert " ".join(entry["name"].split()) == "a b"
    assert entry["name"].isprintable()
