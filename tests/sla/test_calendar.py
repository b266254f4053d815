"""Business time against a model that is slow and obviously right: it walks minute by minute."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.sla.cases import outcome
from services.sla.domain.calendar import (
    AROUND_THE_CLOCK,
    Calendar,
    NeverOpen,
    add,
    between,
    spans,
)
from services.sla.domain.calendar.document import BadCalendar, calendar_of
from services.sla.domain.calendar.imported import NotReadable, closed_days

CASES = Path("../shared/data/business-hours/cases.jsonl")
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
NINE_TO_FIVE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
MINUTE = timedelta(minutes=1)


def is_open(calendar: Calendar, at: datetime) -> bool:
    """By the definition: the wall clock's time lies in the hours of its date or the one before."""
    wall = at.astimezone(calendar.zone)
    second = wall.hour * 3600 + wall.minute * 60 + wall.second
    day = wall.date().toordinal() - date(1970, 1, 1).toordinal()
    return any(s <= second < e for s, e in calendar.hours(day)) or any(
        s <= second + 86_400 < e for s, e in calendar.hours(day - 1)
    )


def walked(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Open minutes between two whole minutes."""
    count, at = 0, start
    while at < end:
        count += is_open(calendar, at)
        at += MINUTE
    return count


minutes = st.integers(0, 1439)
interval = st.tuples(minutes, st.integers(1, 1440)).map(lambda t: (t[0] * 60, (t[0] + t[1]) * 60))
hours = st.lists(interval, max_size=3).map(lambda found: tuple(sorted(found)))
weeks = st.lists(hours, min_size=7, max_size=7).map(tuple)


@st.composite
def turning_points(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar in any zone, and a whole minute near one of the zone's changes, if it has any."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    days = draw(st.dictionaries(st.integers(-3, 5), hours, max_size=3))
    near = datetime(draw(st.integers(1975, 2035)), 1, 1, tzinfo=UTC)
    near += timedelta(days=draw(st.integers(0, 364)))
    before = near.astimezone(zone).utcoffset()
    changed = (near + timedelta(days=n) for n in range(200))
    near = next((at for at in changed if at.astimezone(zone).utcoffset() != before), near)
    own = {(near + timedelta(days=n)).date(): found for n, found in days.items()}
    start = near - timedelta(days=1) + timedelta(minutes=draw(minutes))
    return Calendar(zone, draw(weeks), own), start


@settings(max_examples=150, deadline=None)
@given(turning_points(), st.integers(0, 3 * 1440))
def test_time_between_is_what_walking_minute_by_minute_counts(
    found: tuple[Calendar, datetime], length: int
) -> None:
    calendar, start = found
    # The walk knows whole minutes only, and some old offsets have seconds.
    assume(not any(_odd_seconds(calendar.zone, start + timedelta(days=n)) for n in range(-2, 5)))
    end = start + length * MINUTE
    assert between(calendar, start, end) == 60 * walked(calendar, start, end)


def _odd_seconds(zone: ZoneInfo, at: datetime) -> bool:
    offset = at.astimezone(zone).utcoffset()
    return offset is None or offset.total_seconds() % 60 != 0


@settings(max_examples=300, deadline=None)
@given(turning_points(), st.integers(1, 400 * 3600), st.integers(0, 10**6))
def test_adding_and_measuring_are_each_others_inverse(
    found: tuple[Calendar, datetime], seconds: int, odd: int
) -> None:
    calendar, start = found
    start += timedelta(microseconds=odd)
    try:
        end = add(calendar, start, seconds)
    except NeverOpen:
        return
    assert between(calendar, start, end) == seconds
    just_before = end - timedelta(microseconds=1)
    assert between(calendar, start, just_before) < seconds


@settings(max_examples=100, deadline=None)
@given(turning_points(), st.integers(1, 20 * 86_400))
def test_spans_follow_each_other_and_add_up(found: tuple[Calendar, datetime], length: int) -> None:
    calendar, start = found
    end = start + timedelta(seconds=length)
    parts = list(spans(calendar, start, end))
    assert parts[0].start == start
    assert parts[-1].end == end
    assert all(one.end == after.start for one, after in pairwise(parts))
    opened = sum((part.end - part.start for part in parts if part.open), timedelta())
    assert int(opened.total_seconds()) == between(calendar, start, end)


def office(**more: object) -> Calendar:
    return calendar_of({"zone": "Europe/Berlin", "hours": NINE_TO_FIVE, **more})


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def test_the_lunch_break_does_not_count() -> None:
    halves = office(hours={"mon": [["09:00", "12:00"], ["13:00", "17:00"]]})
    assert add(halves, at("2026-11-23T11:30"), 3600) == at("2026-11-23T13:30")
    assert between(halves, at("2026-11-23T12:10"), at("2026-11-23T12:50")) == 0


def test_a_shift_past_midnight_belongs_to_the_day_it_begins_on() -> None:
    night = office(hours={"fri": [["22:00", "06:00"]]})
    assert add(night, at("2026-11-27T23:00"), 4 * 3600) == at("2026-11-28T03:00")
    assert between(night, at("2026-11-28T00:00"), at("2026-11-30T00:00")) == 6 * 3600


def test_a_holiday_on_a_monday_is_named_and_skipped() -> None:
    bavaria = office(holidays={"country": "DE", "subdivision": "BY"})
    assert add(bavaria, at("2026-04-03T12:00"), 3600) == at("2026-04-07T10:00")  # Easter
    reasons = [
        part.reason for part in spans(bavaria, at("2026-04-06T00:00"), at("2026-04-07T00:00"))
    ]
    assert reasons == ["holiday: Easter Monday"]


def test_a_half_day_and_an_opening_on_a_sunday_come_before_all_else() -> None:
    calendar = office(
        holidays={"country": "DE"},
        dates=[
            {"date": "--12-24", "name": "Christmas Eve", "hours": [["09:00", "12:00"]]},
            {"date": "2026-11-29", "hours": [["10:00", "14:00"]]},
            {"date": "2026-11-30", "name": "Move"},
        ],
    )
    assert between(calendar, at("2026-12-24T00:00"), at("2026-12-27T00:00")) == 3 * 3600
    assert between(calendar, at("2026-11-28T00:00"), at("2026-12-01T00:00")) == 4 * 3600
    assert [s.reason for s in spans(calendar, at("2026-11-30T00:00"), at("2026-12-01T00:00"))] == [
        "holiday: Move"
    ]


def test_the_closed_afternoon_of_a_half_day_is_explained_by_its_name() -> None:
    calendar = office(
        dates=[{"date": "--12-24", "name": "Christmas Eve", "hours": [["09:00", "12:00"]]}]
    )
    day = spans(calendar, at("2026-12-24T09:00"), at("2026-12-24T17:00"))
    assert [part.reason for part in day] == ["open", "holiday: Christmas Eve"]


@pytest.mark.parametrize(
    ("zone", "day", "skipped"),
    [
        ("Europe/Berlin", "2026-03-29", 3600), ("Europe/Berlin", "2026-10-25", -3600),
        ("America/New_York", "2026-03-08", 3600), ("America/New_York", "2026-11-01", -3600),
        ("Australia/Lord_Howe", "2026-10-04", 1800), ("Australia/Lord_Howe", "2026-04-05", -1800),
        ("Pacific/Apia", "2011-12-30", 86_400),
    ],
)  # fmt: skip
def test_a_whole_day_is_as_long_as_the_clocks_make_it(zone: str, day: str, skipped: int) -> None:
    always = calendar_of({"zone": zone, "hours": {d: [["00:00", "24:00"]] for d in
                          ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}})  # fmt: skip
    midnight = date.fromisoformat(day)
    start = at(f"{midnight - timedelta(days=1)}T12:00", zone)
    end = at(f"{midnight + timedelta(days=1)}T12:00", zone)
    assert between(always, start, end) == 2 * 86_400 - skipped
    assert add(always, start, 2 * 86_400 - skipped) == end


def test_an_hour_that_comes_twice_counts_twice_and_a_skipped_one_not_at_all() -> None:
    early = office(hours={"sun": [["02:00", "03:00"]]})
    assert between(early, at("2026-10-25T00:00"), at("2026-10-26T00:00")) == 2 * 3600
    assert between(early, at("2026-03-29T00:00"), at("2026-03-30T00:00")) == 0


def test_a_start_outside_of_hours_counts_from_the_next_opening() -> None:
    assert add(office(), at("2026-11-27T20:00"), 1) == at("2026-11-30T09:00:01")


def test_no_time_at_all_has_gone_by_at_once() -> None:
    assert add(office(), at("2026-11-28T20:00"), 0) == at("2026-11-28T20:00")


def test_the_end_of_the_hours_is_reached_that_day_and_not_the_next_morning() -> None:
    assert add(office(), at("2026-11-27T16:00"), 3600) == at("2026-11-27T17:00")


def test_a_calendar_without_hours_says_that_it_never_opens() -> None:
    with pytest.raises(NeverOpen):
        add(calendar_of({"zone": "UTC"}), at("2026-11-27T16:00"), 1)


def test_around_the_clock_is_the_time_on_the_wall() -> None:
    start = at("1999-12-31T23:59:59")
    assert add(AROUND_THE_CLOCK, start, 10**8) == start + timedelta(seconds=10**8)
    assert between(AROUND_THE_CLOCK, start, start + timedelta(seconds=10**8)) == 10**8


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"zone": "Mars/Olympus"}, "/zone"),
        ({}, "/zone"),
        ({"zone": "UTC", "hours": {"monday": []}}, "/hours/monday"),
        ({"zone": "UTC", "hours": {"mon": [["9", "17:00"]]}}, "/hours/mon/0/0"),
        ({"zone": "UTC", "hours": {"mon": [["09:00"]]}}, "/hours/mon/0"),
        ({"zone": "UTC", "hours": {"mon": [["25:00", "26:00"]]}}, "/hours/mon/0"),
        ({"zone": "UTC", "dates": [{"date": "2026-02-30"}]}, "/dates/0/date"),
        ({"zone": "UTC", "dates": [{"date": "--13-01"}]}, "/dates/0/date"),
        ({"zone": "UTC", "holidays": {"country": "XX"}}, "/holidays/country"),
        ({"zone": "UTC", "holidays": {"country": "DE", "subdivision": "QQ"}},
         "/holidays/subdivision"),
    ],
)  # fmt: skip
def test_a_calendar_that_is_none_is_refused_where_it_is_wrong(
    document: dict[str, object], pointer: str
) -> None:
    with pytest.raises(BadCalendar) as refused:
        calendar_of(document)
    assert refused.value.pointer == pointer


ICS = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//example//EN\r
BEGIN:VEVENT\r
UID:1\r
DTSTART;VALUE=DATE:20260814\r
DTEND;VALUE=DATE:20260816\r
SUMMARY:Company outing\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2\r
DTSTART;VALUE=DATE:20200105\r
RRULE:FREQ=YEARLY\r
SUMMARY:Founders' day\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:3\r
DTSTART:20260901T100000Z\r
SUMMARY:Meeting\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:4\r
DTSTART;VALUE=DATE:20260706\r
RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3\r
SUMMARY:Stocktaking\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_whole_days_of_an_icalendar_file_are_closed_and_meetings_are_not() -> None:
    found = closed_days(ICS, date(2026, 1, 1))
    assert found.skipped == ["Meeting: it has a time of day"]
    assert {(day["date"], day["name"]) for day in found.dates} == {
        ("2026-08-14", "Company outing"), ("2026-08-15", "Company outing"),
        ("--01-05", "Founders' day"), ("2026-07-06", "Stocktaking"),
        ("2026-08-03", "Stocktaking"), ("2026-09-07", "Stocktaking"),
    }  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xfe\x00", b"BEGIN:VCALENDAR"])
def test_what_is_no_icalendar_file_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(NotReadable):
        closed_days(data, date(2026, 1, 1))


def test_all_reference_cases_come_out_to_the_second() -> None:
    if not CASES.exists():
        pytest.skip(f"no reference data: {CASES} is missing")
    wrong = []
    for line in CASES.read_text("utf-8").splitlines():
        case = json.loads(line)
        expected = case["end"] if case["kind"] == "add" else case["seconds"]
        if (got := outcome(case)) != expected:
            wrong.append((case["name"], got, expected))
    assert wrong == []
