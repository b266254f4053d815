"""What comes to light late, told of single tickets: the end is that of the punctual order."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.sla.domain.closing import closed
from services.sla.domain.history import What
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
