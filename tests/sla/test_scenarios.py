"""What went wrong elsewhere, by name: hours, holidays, time zones and pauses."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sla.lives import FIRST, NEXT, QUEUE, SOLUTION, Life, berlin, calendar, policy

OFFICE: Mapping[str, Any] = {
    day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")
}
ALL_DAY = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def test_lunch_break() -> None:
    """An hour before lunch and an hour after it are two hours."""
    life = Life(policy({FIRST: 120}), calendar("Europe/Berlin", OFFICE))
    life.asked(berlin("2026-11-23 11:00"))
    assert life.clock(FIRST).due_at == berlin("2026-11-23 14:00")
    assert [each.reason for each in life.explained(FIRST, berlin("2026-11-23 14:00"))] == [
        "open", "closed", "open",
    ]  # fmt: skip


def test_shift_past_midnight() -> None:
    life = Life(policy({FIRST: 240}), calendar("Europe/Berlin", {"fri": [["20:00", "04:00"]]}))
    life.asked(berlin("2026-11-27 23:00"))
    assert life.clock(FIRST).due_at == berlin("2026-11-28 03:00")


def test_holiday_on_a_monday() -> None:
    """Whit Monday: what was asked on Friday at four is due on Tuesday."""
    office = calendar("Europe/Berlin", OFFICE, holidays={"country": "DE", "subdivision": "BE"})
    life = Life(policy({FIRST: 120}), office)
    life.asked(berlin("2026-05-22 16:00"))
    due = life.clock(FIRST).due_at
    assert due == berlin("2026-05-26 10:00")
    assert "holiday: Pentecost Monday" in {each.reason for each in life.explained(FIRST, due)}


@pytest.mark.parametrize(
    ("zone", "start", "due"),
    [
        ("Europe/Berlin", "2026-03-28 12:00", "2026-03-29 13:00"),
        ("Europe/Berlin", "2026-10-24 12:00", "2026-10-25 11:00"),
        ("America/New_York", "2026-03-07 12:00", "2026-03-08 13:00"),
        ("America/New_York", "2026-10-31 12:00", "2026-11-01 11:00"),
        ("Australia/Lord_Howe", "2026-10-03 12:00", "2026-10-04 12:30"),
        ("Australia/Lord_Howe", "2026-04-04 12:00", "2026-04-05 11:30"),
        ("Pacific/Apia", "2011-12-29 12:00", "2011-12-31 12:00"),
    ],
)
def test_clocks_that_are_put_forward_or_back_and_a_day_that_never_was(
    zone: str, start: str, due: str
) -> None:
    """Twenty-four hours of work around the clock, by the wall clock of the place."""
    life = Life(policy({FIRST: 1440}), calendar(zone, ALL_DAY))
    life.asked(datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)))
    assert life.clock(FIRST).due_at == datetime.fromisoformat(due).replace(tzinfo=ZoneInfo(zone))


def test_pending_over_a_weekend() -> None:
    """Paused on Friday at four, resumed on Monday at ten: nothing in between counts, nor twice."""
    life = Life(policy({SOLUTION: 480}), calendar("Europe/Berlin", OFFICE))
    life.asked(berlin("2026-11-27 15:00"))
    life.changed(berlin("2026-11-27 16:00"), status="pending", by="agent")
    assert life.clock(SOLUTION).next_at is None
    life.changed(berlin("2026-11-30 10:00"), status="open")
    assert life.clock(SOLUTION).due_at == berlin("2026-12-01 10:00")
    uncounted = [
        each.reason
        for each in life.explained(SOLUTION, berlin("2026-11-30 10:00"))
        if not each.counted
    ]
    assert uncounted == ["paused: pending, by agent"]


def test_resolve_while_paused() -> None:
    """Solved straight out of a pause, a week later: the pause has not counted, nothing is late."""
    life = Life(policy({SOLUTION: 60}), None)
    life.asked(berlin("2026-11-23 09:00"))
    life.changed(berlin("2026-11-23 09:30"), status="on-hold")
    life.solved(berlin("2026-11-30 09:00"))
    clock = life.clock(SOLUTION)
    assert (clock.outcome, clock.late, clock.elapsed_seconds) == ("met", False, 1800)


def test_reopen_after_breach() -> None:
    """A policy that resumes goes on with the broken promise, one that restarts makes a new one."""
    for reopen, clocks, breached in (("resume", 1, True), ("restart", 2, False)):
        life = Life(policy({SOLUTION: 60}, reopen=reopen), None)
        life.asked(berlin("2026-11-23 09:00"))
        life.pass_time(berlin("2026-11-23 10:00"))
        life.solved(berlin("2026-11-23 11:00"))
        life.reopened(berlin("2026-11-24 09:00"))
        life.pass_time(berlin("2026-11-25 09:00") if reopen == "resume" else life.now)
        running = life.clock(SOLUTION)
        assert (len(life.ticket.clocks), running.broken(life.now)) == (clocks, breached)
        assert life.said.count("resolution breached") == 1


def test_reopen_before_the_breach_leaves_what_was_left() -> None:
    life = Life(policy({SOLUTION: 60}, reopen="resume"), None)
    life.asked(berlin("2026-11-23 09:00"))
    life.solved(berlin("2026-11-23 09:40"))
    life.pass_time(berlin("2026-11-23 12:00"))
    assert "resolution breached" not in life.said
    life.reopened(berlin("2026-11-24 09:00"))
    assert life.clock(SOLUTION).due_at == berlin("2026-11-24 09:20")


def test_priority_raised_when_the_tighter_target_is_already_past() -> None:
    """Two hours after the start a promise of one hour is broken at once, and the news say so."""
    life = Life(policy({FIRST: 240}, urgent={FIRST: 60}), None)
    life.asked(berlin("2026-11-23 09:00"))
    life.changed(berlin("2026-11-23 11:00"), priority="urgent")
    life.pass_time(berlin("2026-11-23 11:00"))
    clock = life.clock(FIRST)
    assert (clock.due_at, clock.retargets) == (berlin("2026-11-23 10:00"), 1)
    assert clock.breaks_at == berlin("2026-11-23 11:00") == clock.retargeted_at
    assert life.said[1:] == ["first-response retargeted", "first-response breached"]
    assert [each.why for each in clock.entries if each.what == "retargeted"] == [
        "priority normal → urgent"
    ]


def test_a_looser_target_takes_back_the_breach_of_the_tighter_one() -> None:
    life = Life(policy({FIRST: 240}, urgent={FIRST: 60}), None)
    life.asked(berlin("2026-11-23 09:00"), priority="urgent")
    life.pass_time(berlin("2026-11-23 10:30"))
    life.changed(berlin("2026-11-23 11:00"), priority="normal")
    life.pass_time(berlin("2026-11-23 13:00"))
    assert life.said == [
        "first-response started", "first-response due-soon", "first-response breached",
        "first-response breach-withdrawn", "first-response retargeted", "first-response due-soon",
        "first-response breached",
    ]  # fmt: skip


def test_the_queue_is_left_when_somebody_has_the_ticket_and_entered_again() -> None:
    life = Life(policy({QUEUE: 30}), None)
    life.asked(berlin("2026-11-23 09:00"))
    life.changed(berlin("2026-11-23 09:10"), assignee="ann")
    assert life.clock(QUEUE).elapsed_seconds == 600
    life.changed(berlin("2026-11-23 12:00"), assignee=None)
    assert life.clock(QUEUE).due_at == berlin("2026-11-23 12:30")


def test_a_customers_second_message_does_not_restart_the_wait_for_an_answer() -> None:
    life = Life(policy({FIRST: 60, NEXT: 30}), None)
    life.asked(berlin("2026-11-23 09:00"))
    life.wrote(berlin("2026-11-23 09:10"))
    assert [kind for kind, _ in life.ticket.clocks] == [FIRST]
    life.answered(berlin("2026-11-23 09:20"))
    life.wrote(berlin("2026-11-23 10:00"))
    life.wrote(berlin("2026-11-23 10:20"))
    assert life.clock(NEXT).due_at == berlin("2026-11-23 10:30")
    life.answered(berlin("2026-11-23 10:25"))
    assert (life.clock(NEXT).outcome, life.clock(NEXT).late) == ("met", False)
