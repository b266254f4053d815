"""Clocks by themselves: no database, no time but what is given."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from services.sla.domain.book import Book
from services.sla.domain.clocks import Clock, Outcome
from services.sla.domain.fold import fold
from services.sla.domain.history import Facts, Step, What
from services.sla.domain.news import Said, compare, pass_time
from services.sla.domain.policy import BUILT_IN, Kind, PolicySet, in_force, of_minutes

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIRST, RESOLUTION = Kind.FIRST_RESPONSE, Kind.RESOLUTION
HOUR_AND_DAY = PolicySet(
    1,
    NINE - timedelta(days=1),
    (of_minutes("Standard", {"normal": {FIRST: 60, RESOLUTION: 1440}}),),
)


BOOK = Book([HOUR_AND_DAY])


def after(minutes: float) -> datetime:
    """An instant so many minutes after nine."""
    return NINE + timedelta(minutes=minutes)


def asked(sequence: int = 1, minute: float = 0) -> Step:
    return Step(sequence, What.ASKED, after(minute))


def answered(sequence: int, minute: float) -> Step:
    return Step(sequence, What.ANSWERED, after(minute))


def solved(sequence: int, minute: float) -> Step:
    return Step(sequence, What.SOLVED, after(minute))


def reopened(sequence: int, minute: float) -> Step:
    return Step(sequence, What.REOPENED, after(minute))


def clocks(*history: Step) -> dict[tuple[Kind, int], Clock]:
    return fold(history, BOOK)


def said(before: Iterable[Step], *history: Step) -> list[tuple[Said, Kind]]:
    known = clocks(*before)
    news = compare(known, fold(history, BOOK), after(70))
    return [(entry.said, entry.clock.kind) for entry in news]


def test_a_customers_ticket_is_owed_an_answer_and_a_solution() -> None:
    first, resolution = clocks(asked()).values()
    assert (first.kind, first.due_soon_at, first.due_at) == (FIRST, after(45), after(60))
    assert (resolution.kind, resolution.due_at) == (RESOLUTION, after(1440))
    assert first.outcome is resolution.outcome is Outcome.RUNNING


def test_nobody_waits_for_the_first_answer_to_a_ticket_that_an_agent_opened() -> None:
    assert [key for key in clocks(Step(1, What.OPENED, NINE))] == [(RESOLUTION, 1)]


def test_the_first_answer_keeps_the_first_response_and_later_ones_change_nothing() -> None:
    first = clocks(asked(), answered(2, 59), answered(3, 61))[FIRST, 1]
    assert (first.outcome, first.ended_at, first.late) == (Outcome.MET, after(59), False)
    assert first.elapsed_seconds == 59 * 60


def test_an_answer_at_the_due_instant_is_in_time_and_one_a_moment_later_is_not() -> None:
    assert not clocks(asked(), answered(2, 60))[FIRST, 1].late
    assert clocks(asked(), answered(2, 60 + 1e-6))[FIRST, 1].late


def test_solving_keeps_the_resolution_and_cancels_a_first_answer_that_nobody_gave() -> None:
    ended = clocks(asked(), solved(2, 10))
    assert ended[RESOLUTION, 1].outcome is Outcome.MET
    assert ended[FIRST, 1].outcome is Outcome.CANCELLED


def test_a_reopened_ticket_is_owed_a_whole_new_resolution() -> None:
    ended = clocks(asked(), answered(2, 5), solved(3, 10), reopened(4, 100))
    assert ended[RESOLUTION, 1].outcome is Outcome.MET
    assert ended[RESOLUTION, 4].due_at == after(100 + 1440)
    assert set(ended) == {(FIRST, 1), (RESOLUTION, 1), (RESOLUTION, 4)}


def test_what_is_opened_again_without_being_solved_has_one_running_clock_of_a_kind() -> None:
    ended = clocks(asked(), reopened(2, 10))
    assert ended[RESOLUTION, 1].outcome is Outcome.CANCELLED
    assert ended[RESOLUTION, 2].outcome is Outcome.RUNNING


def test_an_answer_that_is_dated_before_the_opening_took_no_time() -> None:
    assert clocks(asked(), answered(2, -3))[FIRST, 1].elapsed_seconds == 0


def test_a_priority_that_is_unknown_is_served_like_normal() -> None:
    strange = Step(1, What.ASKED, NINE, facts=Facts(priority="whenever"))
    assert fold([strange], BOOK)[FIRST, 1].due_at == after(60)


def test_what_a_policy_does_not_promise_starts_no_clock() -> None:
    only_answers = PolicySet(1, None, (of_minutes("Answers", {"normal": {FIRST: 60}}),))
    assert list(fold([asked(), solved(2, 5)], Book([only_answers]))) == [(FIRST, 1)]


def test_a_tenant_without_a_policy_has_the_built_in_one() -> None:
    assert fold([asked()], Book())[FIRST, 1].target_seconds == 240 * 60
    assert fold([asked()], Book())[FIRST, 1].policy == "default"


def test_a_clock_keeps_the_policy_that_held_when_it_started() -> None:
    later = PolicySet(2, after(30), (of_minutes("Later", {"normal": {FIRST: 5}}),))
    versions = [HOUR_AND_DAY, later]
    assert in_force(versions, after(29)) is HOUR_AND_DAY
    assert in_force(versions, after(30)) is later
    assert in_force(versions, NINE - timedelta(days=2)) is BUILT_IN
    answered_in_time = [asked(minute=28), answered(2, 29)]
    assert fold(answered_in_time, Book(versions))[FIRST, 1].target_seconds == 3600


def test_what_is_promised_while_a_clock_runs_is_its_new_target_from_its_own_start() -> None:
    later = PolicySet(2, after(30), (of_minutes("Later", {"normal": {FIRST: 50}}),))
    first = fold([asked()], Book([HOUR_AND_DAY, later]))[FIRST, 1]
    assert (first.retargets, first.due_at, first.policy) == (1, after(50), "Later")
    answered_before = fold([asked(), answered(2, 20)], Book([HOUR_AND_DAY, later]))[FIRST, 1]
    assert (answered_before.retargets, answered_before.due_at) == (0, after(60))


def test_a_change_of_policy_that_changes_nothing_makes_no_version() -> None:
    assert HOUR_AND_DAY.followed_by(HOUR_AND_DAY.policies, NINE) is HOUR_AND_DAY
    assert HOUR_AND_DAY.followed_by(BUILT_IN.policies, NINE).version == 2
    assert BUILT_IN.followed_by(BUILT_IN.policies, NINE).version == 1


def test_three_quarters_are_rounded_up_so_that_no_warning_is_early() -> None:
    odd = fold([asked()], Book([PolicySet(1, None, (of_minutes("Odd", {"normal": {FIRST: 1}}),))]))[
        FIRST, 1
    ]
    assert odd.due_soon_at == NINE + timedelta(seconds=45)


def test_time_brings_the_warning_and_then_the_breach_never_early() -> None:
    clock = clocks(asked())[FIRST, 1]
    assert pass_time(clock, after(45 - 1e-6)) == []
    [warning] = pass_time(clock, after(45))
    assert (warning.said, warning.at(after(50))) == (Said.DUE_SOON, after(45))
    assert pass_time(warning.clock, after(59)) == []
    [breach] = pass_time(warning.clock, after(60))
    assert (breach.said, breach.at(after(70))) == (Said.BREACHED, after(60))
    assert breach.clock.next_at is None


def test_after_a_downtime_the_warning_and_the_breach_come_together() -> None:
    news = pass_time(clocks(asked())[FIRST, 1], after(500))
    assert [entry.said for entry in news] == [Said.DUE_SOON, Said.BREACHED]


def test_an_ended_clock_has_nothing_due() -> None:
    for clock in clocks(asked(), solved(2, 10)).values():
        assert pass_time(clock, after(10_000)) == []


def test_a_late_answer_announces_the_breach_that_nobody_had_noticed() -> None:
    assert said([asked()], asked(), answered(2, 61)) == [(Said.BREACHED, FIRST), (Said.MET, FIRST)]


def breached_first_response() -> dict[tuple[Kind, int], Clock]:
    known = clocks(asked())
    known[FIRST, 1] = pass_time(known[FIRST, 1], after(60))[-1].clock
    return known


def test_an_answer_in_time_whose_news_is_late_withdraws_the_breach() -> None:
    known = breached_first_response()
    withdrawn, met = compare(known, fold([asked(), answered(2, 59)], BOOK), after(70))
    assert (withdrawn.said, withdrawn.at(after(65))) == (Said.BREACH_WITHDRAWN, after(65))
    assert (met.said, met.at(after(65))) == (Said.MET, after(59))
    assert not met.clock.breached


def test_an_answer_after_the_breach_leaves_it_standing() -> None:
    known = breached_first_response()
    [met] = compare(known, fold([asked(), answered(2, 62)], BOOK), after(70))
    assert (met.said, met.clock.breached) == (Said.MET, True)


def test_a_ticket_solved_in_time_whose_news_is_late_withdraws_the_breach_too() -> None:
    known = breached_first_response()
    news = compare(known, fold([asked(), solved(2, 59)], BOOK), after(70))
    assert [(entry.said, entry.clock.kind) for entry in news] == [
        (Said.BREACH_WITHDRAWN, FIRST),
        (Said.CANCELLED, FIRST),
        (Said.MET, RESOLUTION),
    ]


def test_an_earlier_answer_that_comes_to_light_is_announced_anew() -> None:
    before = [asked(), answered(3, 50)]
    assert said(before, *before, answered(2, 40)) == [(Said.MET, FIRST)]


def test_what_is_known_already_is_no_news() -> None:
    history = [asked(), answered(2, 40), solved(3, 50), reopened(4, 60)]
    assert said(history, *history) == []
