"""What comes to light late, told of single tickets: the end is that of the punctual order."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.sla.domain.book import Book, CustomerVersion
from services.sla.domain.calendar.versions import CalendarVersion
from services.sla.domain.closing import closed
from services.sla.domain.explain import entries
from services.sla.domain.history import Facts, Step, What
from services.sla.domain.policy import Policy, PolicySet
from tests.sla.lives import FIRST, SOLUTION, Life, berlin, policy

NINE = berlin("2026-11-23 09:00")
REF = UUID(int=1)


def at(minute: float) -> datetime:
    return NINE + timedelta(minutes=minute)


def test_a_breach_that_was_withdrawn_is_announced_when_the_answer_turns_out_to_have_failed() -> (
    None
):
    life = Life(policy({FIRST: 60}))
    life.asked(at(0))
    life.pass_time(at(62))
    life.step(What.ANSWERED, at(58), ref=REF)
    assert life.said[-2:] == ["first-response breach-withdrawn", "first-response met"]
    life.step(What.FAILED, at(65), ref=REF)
    clock = life.ticket.clocks[FIRST, 1]
    assert (clock.outcome, clock.next_at) == ("running", at(60))
    life.pass_time(at(200))
    clock = life.ticket.clocks[FIRST, 1]
    assert (clock.breached, clock.next_at, life.said[-1]) == (True, None, "first-response breached")
    report = closed(clock)
    assert report is not None
    assert report.breached


@pytest.mark.parametrize("learnt", [30, 70, 101])
def test_a_pause_that_is_learnt_of_late_puts_the_breach_off_and_no_more(learnt: float) -> None:
    life = Life(policy({SOLUTION: 60}))
    life.asked(at(0))
    if learnt < 100:
        life.pass_time(at(learnt))
        life.step(What.CHANGED, at(30), status="pending")
        life.step(What.CHANGED, at(100), status="open")
    else:
        life.pass_time(at(100))
        life.step(What.CHANGED, at(100), status="open", sequence=3)
        life.step(What.CHANGED, at(30), status="pending", sequence=2)
    life.pass_time(at(129))
    assert not life.ticket.clocks[SOLUTION, 1].breached
    life.pass_time(at(200))
    clock = life.ticket.clocks[SOLUTION, 1]
    assert (clock.due_at, clock.breached) == (at(130), True)


def test_an_answer_after_the_due_instant_breaks_a_promise_whose_breach_was_withdrawn() -> None:
    life = Life(policy({FIRST: 60}))
    life.asked(at(0))
    life.pass_time(at(62))
    life.step(What.ANSWERED, at(58), ref=REF)
    life.step(What.FAILED, at(65), ref=REF)
    life.answered(at(70))
    assert life.said[-2:] == ["first-response breached", "first-response met"]
    assert life.ticket.clocks[FIRST, 1].breached


def story(life: Life, until: datetime) -> list[tuple[str, float]]:
    """The history of the resolution, with minutes."""
    return [
        (entry.what, (entry.at - NINE) / timedelta(minutes=1))
        for entry in entries(life.clock(SOLUTION), until)
    ]


def test_the_history_keeps_the_warning_and_the_breach_of_an_earlier_target() -> None:
    promised = {"normal": {SOLUTION: 60}, "low": {SOLUTION: 600}, "high": {SOLUTION: 65}}
    life = Life(Policy("main", "Main", targets=promised))
    life.asked(at(0))
    life.changed(at(70), priority="low")
    before = [("started", 0), ("warned", 45), ("breached", 60), ("retargeted", 70)]
    assert story(life, at(300)) == before
    assert story(life, at(460)) == [*before, ("warned", 450)]
    life.changed(at(500), priority="high")
    assert story(life, at(510)) == [
        *before, ("warned", 450), ("retargeted", 500), ("breached", 500)
    ]  # fmt: skip


def test_the_history_of_a_target_that_was_given_up_before_it_was_reached_has_no_breach() -> None:
    life = Life(Policy("main", "Main", targets={"normal": {SOLUTION: 60}, "low": {SOLUTION: 90}}))
    life.asked(at(0))
    life.changed(at(50), status="pending")
    life.changed(at(70), priority="low")
    life.changed(at(80), status="open")
    assert story(life, at(200)) == [
        ("started", 0), ("warned", 45), ("paused", 50), ("retargeted", 70), ("resumed", 80),
        ("warned", 97.5), ("breached", 120),
    ]  # fmt: skip


OFFICE = '{"zone": "UTC", "hours": {"mon": [["07:00", "%d:00"]]}}'


def test_a_clock_says_whether_the_policy_the_calendar_or_the_customer_gave_it_another_target() -> (
    None
):
    gold = Policy("gold", "Gold", 0, 'customer.plan == "gold"', targets={"normal": {SOLUTION: 30}})
    rest = Policy("rest", "Rest", 1, targets={"normal": {SOLUTION: 90}}, calendar="office")
    later = replace(rest, targets={"normal": {SOLUTION: 200}})
    calendars = [CalendarVersion("office", 1, None, OFFICE % 17)]
    calendars.append(CalendarVersion("office", 2, at(10), OFFICE % 18))
    plans = [CustomerVersion(at(20), "gold"), CustomerVersion(at(40), None)]
    sets = [PolicySet(1, None, (gold, rest)), PolicySet(2, at(30), (replace(gold), later))]
    sets.append(PolicySet(3, at(50), (gold, rest)))
    life = Life(rest)
    life.book = Book(sets, {"office": calendars}, {"ada": plans})
    life.asked(at(0), customer="ada")
    clock = life.clock(SOLUTION)
    told = [entry.why for entry in clock.entries if entry.what == "retargeted"]
    assert told == [
        "calendar office version 1 → 2",
        "customer plan none → gold, policy Rest → Gold, calendar office → none",
        "customer plan gold → none, policy Gold → Rest, calendar none → office",
        "policies version 2 → 3",
    ]


def test_a_retarget_is_announced_with_its_reason_though_the_clock_was_paused_since() -> None:
    life = Life(Policy("main", "Main", targets={"normal": {SOLUTION: 60}, "low": {SOLUTION: 600}}))
    life.asked(at(0))
    news = life.ticket.take_in(
        [
            Step(2, What.CHANGED, at(5), Facts(priority="low")),
            Step(3, What.CHANGED, at(6), Facts(priority="low", status="pending")),
        ],
        life.book, at(6),
    )  # fmt: skip
    assert [(each.said, each.clock.why) for each in news] == [
        ("retargeted", "priority normal → low"), ("paused", "status pending")
    ]  # fmt: skip
