"""What went wrong elsewhere, by name: policies, calendars and tickets that change on the way."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.sla.domain.history import What
from services.sla.domain.policy import Policy
from tests.sla.lives import FIRST, SOLUTION, Life, berlin, calendar, policy

NINE = berlin("2026-11-23 09:00")


def test_two_policies_matching() -> None:
    """The first in the list counts, whatever the second promises."""
    gold = Policy("gold", "Gold", 0, 'ticket.team == "vip"', targets={"normal": {FIRST: 10}})
    rest = Policy("rest", "Everybody", 1, targets={"normal": {FIRST: 100}})
    for team, name, minutes in (("vip", "Gold", 10), ("other", "Everybody", 100)):
        life = Life(rest)
        life.publish(gold, rest, at=NINE - timedelta(days=1))
        life.asked(NINE, team=team)
        clock = life.clock(FIRST)
        assert (clock.policy, clock.due_at) == (name, NINE + timedelta(minutes=minutes))


def test_none_matching_means_no_promise_and_a_ticket_that_comes_to_match_has_one() -> None:
    gold = Policy("gold", "Gold", 0, 'ticket.team == "vip"', targets={"normal": {FIRST: 60}})
    life = Life(gold)
    life.asked(NINE)
    assert life.ticket.clocks == {}
    life.changed(NINE + timedelta(minutes=10), team="vip")
    assert life.clock(FIRST).due_at == NINE + timedelta(minutes=60)
    life.changed(NINE + timedelta(minutes=20), team="other")
    assert (life.clock(FIRST).outcome, life.said[-1]) == ("cancelled", "first-response cancelled")


def test_calendar_changed_under_a_running_clock() -> None:
    """What has counted stays counted; from the change on the new hours count."""
    before = calendar("Europe/Berlin", {"mon": [["09:00", "17:00"]]})
    life = Life(policy({FIRST: 240}), before)
    life.asked(NINE)
    assert life.clock(FIRST).due_at == berlin("2026-11-23 13:00")
    change = berlin("2026-11-23 10:00")
    later = calendar("Europe/Berlin", {"mon": [["12:00", "20:00"]]}, version=2, since=change)
    life.work(before, later, at=change)
    clock = life.clock(FIRST)
    assert (clock.due_at, clock.calendar_version) == (berlin("2026-11-23 15:00"), 2)
    assert life.said[1:] == ["first-response retargeted"]


def test_clock_of_a_deleted_calendar() -> None:
    """A clock keeps the version that it has, and so does one that starts afterwards."""
    hours = calendar("Europe/Berlin", {"mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]]})
    life = Life(policy({FIRST: 540}), hours)
    life.asked(NINE)
    due = life.clock(FIRST).due_at
    gone = type(hours)("office", 2, NINE + timedelta(hours=1), None)
    life.work(hours, gone, at=NINE + timedelta(hours=1))
    assert (life.clock(FIRST).due_at, life.clock(FIRST).retargets) == (due, 0)
    assert due == berlin("2026-11-24 10:00")


def test_agent_in_another_zone() -> None:
    """The promise is the calendar's: an answer's instant counts, wherever it was written."""
    life = Life(policy({FIRST: 120}), calendar("America/New_York", {"mon": [["09:00", "17:00"]]}))
    life.asked(berlin("2026-11-23 15:30"))
    life.answered(berlin("2026-11-23 17:00"))
    assert life.clock(FIRST).elapsed_seconds == 90 * 60


@pytest.mark.parametrize("status", ["merged", "spam", "cancelled"])
def test_ticket_merged_into_another(status: str) -> None:
    life = Life(policy({FIRST: 60, SOLUTION: 600}))
    life.asked(NINE)
    life.changed(NINE + timedelta(minutes=5), status=status)
    assert life.said[2:] == ["first-response cancelled", "resolution cancelled"]
    life.pass_time(NINE + timedelta(days=9))
    assert {clock.outcome for clock in life.ticket.clocks.values()} == {"cancelled"}
    assert not any("breached" in said for said in life.said)


def test_a_reply_that_arrives_before_its_parent() -> None:
    """The answer is known before the question: once that comes the promise is kept at once."""
    life = Life(policy({FIRST: 60}))
    life.step(What.ANSWERED, NINE + timedelta(minutes=30), sequence=2)
    assert life.said == []
    life.step(What.ASKED, NINE, sequence=1)
    assert life.said == ["first-response started", "first-response met"]
    assert life.clock(FIRST).elapsed_seconds == 1800


def test_a_reply_that_never_arrived_leaves_the_clock_running_from_its_start() -> None:
    life = Life(policy({FIRST: 60}))
    life.asked(NINE)
    life.answered(NINE + timedelta(minutes=10), ref=UUID(int=1))
    life.step(What.FAILED, NINE + timedelta(minutes=20), ref=UUID(int=1))
    clock = life.clock(FIRST)
    assert (clock.outcome, clock.due_at) == ("running", NINE + timedelta(minutes=60))
    life.pass_time(NINE + timedelta(minutes=60))
    assert life.said == [
        "first-response started", "first-response met", "first-response resumed",
        "first-response due-soon", "first-response breached",
    ]  # fmt: skip


def test_a_solved_ticket_never_breaches() -> None:
    life = Life(policy({FIRST: 60, SOLUTION: 120}))
    life.asked(NINE)
    life.solved(NINE + timedelta(minutes=50))
    life.pass_time(NINE + timedelta(days=3))
    assert not any("breached" in said for said in life.said)


def test_a_policy_published_while_a_clock_runs_says_what_is_new() -> None:
    life = Life(policy({FIRST: 60}))
    life.asked(NINE)
    life.publish(policy({FIRST: 60, SOLUTION: 5}), at=NINE + timedelta(minutes=1))
    assert life.said[1:] == ["resolution started"], "what is not changed is no news"
    assert life.clock(SOLUTION).due_at == NINE + timedelta(minutes=5)
    life.publish(policy({FIRST: 90}), at=NINE + timedelta(minutes=2))
    assert life.clock(FIRST).due_at == NINE + timedelta(minutes=90)
    assert life.said[2:] == ["first-response retargeted", "resolution cancelled"]
    life.publish(policy({FIRST: 90, SOLUTION: 6}), at=NINE + timedelta(minutes=3))
    assert life.clock(SOLUTION).due_at == NINE + timedelta(minutes=7), "a minute was not promised"


def test_a_policy_that_promises_nothing_any_more_ends_its_clocks() -> None:
    life = Life(policy({FIRST: 60}))
    life.asked(NINE)
    life.publish(at=NINE + timedelta(minutes=1))
    assert life.said == ["first-response started", "first-response cancelled"]


@pytest.mark.parametrize("reopen", ["restart", "resume"])
@pytest.mark.parametrize("status", ["merged", "spam"])
@pytest.mark.parametrize("what", [What.CHANGED, What.REOPENED, What.WROTE])
def test_a_ticket_that_comes_back_from_spam_or_a_merge_is_owed_a_new_resolution(
    reopen: str, status: str, what: What
) -> None:
    life = Life(policy({SOLUTION: 600}, reopen=reopen))
    life.asked(NINE)
    life.changed(NINE + timedelta(minutes=5), status=status)
    life.step(what, NINE + timedelta(minutes=8), status="open")
    clock = life.clock(SOLUTION)
    assert (clock.generation, clock.outcome) == (3, "running")
    assert clock.due_at == NINE + timedelta(minutes=608)


@pytest.mark.parametrize("reopen", ["restart", "resume"])
def test_a_ticket_that_is_closed_out_of_spam_is_owed_nothing(reopen: str) -> None:
    life = Life(policy({SOLUTION: 600}, reopen=reopen))
    life.asked(NINE)
    life.changed(NINE + timedelta(minutes=5), status="spam")
    life.solved(NINE + timedelta(minutes=6))
    life.changed(NINE + timedelta(minutes=7), status="closed")
    assert life.said == ["resolution started", "resolution cancelled"]
