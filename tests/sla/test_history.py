"""Histories of any shape, in any order: what holds for all of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain.clocks import Clock, ClockKey, Outcome, fold
from services.sla.domain.history import Step, What
from services.sla.domain.news import News, Said
from services.sla.domain.policy import Kind, PolicySet, of_minutes
from services.sla.domain.ticket import Ticket
from shared.messaging import new_id

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTES = {"normal": {Kind.FIRST_RESPONSE: 60, Kind.RESOLUTION: 1440}, "low": {Kind.RESOLUTION: 9}}
POLICIES = [PolicySet(1, None, (of_minutes("Standard", MINUTES),))]
steps = st.builds(
    Step,
    sequence=st.integers(1, 8),
    what=st.sampled_from(What),
    at=st.integers(-120, 3000).map(lambda minute: NINE + timedelta(minutes=minute)),
    priority=st.sampled_from(["normal", "low", "strange"]),
    team=st.sampled_from([None, "billing"]),
)
# A sequence number is one event; that of a reopening also says when the ticket had been solved.
histories = st.lists(steps, max_size=8, unique_by=lambda step: step.sequence).map(
    lambda history: [
        *history,
        *(replace(step, what=What.SOLVED) for step in history if step.what is What.REOPENED),
    ]
)
patient = settings(deadline=None)
times = st.integers(0, 5000).map(lambda minute: NINE + timedelta(minutes=minute))


def mixed(data: st.DataObject, history: list[Step]) -> list[Step]:
    """The same steps in some other order, some of them more than once."""
    again = data.draw(st.lists(st.sampled_from(history))) if history else []
    return data.draw(st.permutations([*history, *again]))


def ends(clocks: dict[ClockKey, Clock]) -> dict[ClockKey, tuple[object, ...]]:
    """What the history alone decides: start, due instants, outcome and end of each clock."""
    return {
        key: (each.started_at, each.due_soon_at, each.due_at, each.outcome, each.ended_at)
        for key, each in clocks.items()
    }


def live(data: st.DataObject, history: list[Step]) -> tuple[Ticket, list[News]]:
    """A ticket that takes in its history piece by piece while its timers fire now and then."""
    ticket, news = Ticket("demo", new_id()), []
    left = mixed(data, history)
    while left:
        size = data.draw(st.integers(1, len(left)))
        news += ticket.take_in(left[:size], POLICIES)
        del left[:size]
        now = data.draw(times)
        for clock in list(ticket.clocks.values()):
            news += ticket.pass_time(clock, now)
    return ticket, news


@patient
@given(histories, st.data())
def test_any_order_and_repetition_of_a_history_gives_the_same_clocks(
    history: list[Step], data: st.DataObject
) -> None:
    assert fold(mixed(data, history), POLICIES) == fold(history, POLICIES)


@patient
@given(histories, st.data())
def test_a_ticket_that_lives_through_its_history_ends_where_the_fold_says(
    history: list[Step], data: st.DataObject
) -> None:
    ticket, _ = live(data, history)
    assert ends(ticket.clocks) == ends(fold(history, POLICIES))
    for clock in ticket.clocks.values():
        assert clock.outcome is Outcome.RUNNING or clock.breached == clock.late


@patient
@given(histories, st.data())
def test_the_announcements_of_a_clock_tell_a_story_that_makes_sense(
    history: list[Step], data: st.DataObject
) -> None:
    ticket, news = live(data, history)
    for key, clock in ticket.clocks.items():
        story = [entry.said for entry in news if entry.clock.key == key]
        assert story[0] is Said.STARTED
        assert story.count(Said.STARTED) == 1
        assert story.count(Said.DUE_SOON) <= 1
        breaches = [said for said in story if said in {Said.BREACHED, Said.BREACH_WITHDRAWN}]
        assert breaches == [Said.BREACHED, Said.BREACH_WITHDRAWN][: len(breaches)]
        ended = clock.outcome is not Outcome.RUNNING
        assert not ended or story[-1] in {Said.MET, Said.CANCELLED}


@patient
@given(histories)
def test_at_most_one_clock_of_a_kind_runs_and_each_ended_one_says_when(history: list[Step]) -> None:
    folded = fold(history, POLICIES).values()
    running = [clock.kind for clock in folded if clock.outcome is Outcome.RUNNING]
    assert len(running) == len(set(running))
    assert all((clock.ended_at is None) == (clock.outcome is Outcome.RUNNING) for clock in folded)


@patient
@given(histories, st.data())
def test_a_clock_that_was_started_never_vanishes_or_runs_again(
    history: list[Step], data: st.DataObject
) -> None:
    known = data.draw(st.lists(st.sampled_from(history), unique=True)) if history else []
    before, now = fold(known, POLICIES), fold(history, POLICIES)
    assert set(before) <= set(now)
    for key, clock in before.items():
        assert clock.outcome is Outcome.RUNNING or now[key].outcome is not Outcome.RUNNING
