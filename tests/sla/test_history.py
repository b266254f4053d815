"""Histories of any shape, in any order: what holds for all of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain.book import Book
from services.sla.domain.calendar.versions import CalendarVersion
from services.sla.domain.clocks import Clock, ClockKey, Outcome, Stage
from services.sla.domain.closing import closed
from services.sla.domain.compliance import ClosedClock
from services.sla.domain.explain import explain
from services.sla.domain.fold import fold
from services.sla.domain.history import Facts, Step, What
from services.sla.domain.news import News, Said
from services.sla.domain.policy import Kind, Policy, PolicySet, Warning
from services.sla.domain.ticket import Ticket
from services.sla.usecases.announce import time_cause
from shared.messaging import new_id

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OFFICE = CalendarVersion(
    "office", 1, None,
    '{"zone": "Europe/Berlin", "hours": {"mon": [["09:00", "12:00"], ["13:00", "17:00"]],'
    ' "tue": [["09:00", "17:00"]]}}',
)  # fmt: skip
LATER = CalendarVersion(
    "office", 2, NINE + timedelta(minutes=500),
    '{"zone": "Europe/Berlin", "hours": {"tue": [["22:00", "06:00"]]}}',
)  # fmt: skip
MINUTES = {
    "normal": {Kind.FIRST_RESPONSE: 60, Kind.RESOLUTION: 1440, Kind.ASSIGNMENT: 20},
    "low": {Kind.RESOLUTION: 9, Kind.NEXT_RESPONSE: 30},
    "high": {kind: 5 for kind in Kind},
}
policies = st.builds(
    Policy,
    id=st.sampled_from(["one", "two"]),
    name=st.just("Standard"),
    condition=st.sampled_from([None, None, 'ticket.team == "billing"', 'ticket.tier == "L2"']),
    calendar=st.sampled_from([None, "office"]),
    targets=st.just(MINUTES),
    tier_targets=st.sampled_from([{}, {"L2": {"normal": {Kind.RESOLUTION: 30}}}]),
    warnings=st.sampled_from([(), (Warning(percent=75),), (Warning(seconds_before=600),)]),
    reopen=st.sampled_from(["restart", "resume"]),
)
minutes = st.integers(0, 3000).map(lambda minute: NINE + timedelta(minutes=minute))


@st.composite
def books(draw: st.DrawFn) -> Book:
    since = sorted(draw(st.lists(minutes, max_size=2)))
    sets = [
        PolicySet(version, at, tuple(draw(st.lists(policies, max_size=3))))
        for version, at in enumerate([None, *since], start=1)
    ]
    return Book(sets, {"office": [OFFICE, LATER]})


facts = st.builds(
    Facts,
    status=st.sampled_from(["open", "open", "pending", "on-hold", "spam"]),
    priority=st.sampled_from(["normal", "low", "high", "strange"]),
    team=st.sampled_from([None, "billing"]),
    assignee=st.sampled_from([None, "somebody"]),
    tier=st.sampled_from(["L1", "L2"]),
)
steps = st.builds(
    Step,
    sequence=st.integers(1, 8),
    what=st.sampled_from(What),
    at=st.integers(-120, 3000).map(lambda minute: NINE + timedelta(minutes=minute)),
    facts=facts,
    ref=st.sampled_from([None, UUID(int=1), UUID(int=2)]),
)
# A sequence number is one event; that of a reopening also says when the ticket had been solved.
histories = st.lists(steps, max_size=8, unique_by=lambda step: step.sequence).map(
    lambda history: [
        *history,
        *(replace(step, what=What.SOLVED) for step in history if step.what is What.REOPENED),
    ]
)
patient = settings(deadline=None, max_examples=60)
times = st.integers(0, 5000).map(lambda minute: NINE + timedelta(minutes=minute))


def mixed(data: st.DataObject, history: list[Step]) -> list[Step]:
    """The same steps in some other order, some of them more than once."""
    again = data.draw(st.lists(st.sampled_from(history))) if history else []
    return data.draw(st.permutations([*history, *again]))


def settled(clocks: dict[ClockKey, Clock]) -> dict[ClockKey, Clock]:
    """The clocks without what was announced on the way."""
    return {
        key: replace(each, stage=Stage.QUIET, past=(), withdrawals=0)
        for key, each in clocks.items()
    }


Report = dict[ClockKey, ClosedClock | None]


def report_on(ticket: Ticket, report: Report) -> None:
    """Counts what has changed, as after each batch."""
    for key in ticket.moved_clocks | ticket.gone_clocks:
        found = ticket.clocks.get(key)
        report[key] = closed(found) if found else None
    ticket.moved_clocks.clear()
    ticket.gone_clocks.clear()


def live(
    data: st.DataObject, history: list[Step], book: Book, report: Report | None = None
) -> tuple[Ticket, list[News]]:
    """A ticket that takes in its history piece by piece while its timers fire now and then."""
    ticket, news = Ticket("demo", new_id()), []
    report = {} if report is None else report
    told = sorted(history, key=lambda step: step.place)
    left, now = told if data.draw(st.booleans()) else mixed(data, history), NINE
    while left:
        size = data.draw(st.integers(1, len(left)))
        now = max(now, data.draw(times))
        news += ticket.take_in(left[:size], book, now)
        del left[:size]
        report_on(ticket, report)
        for clock in list(ticket.clocks.values()):
            news += ticket.pass_time(clock, now)
        report_on(ticket, report)
    return ticket, news


@patient
@given(histories, books(), st.data())
def test_any_order_and_repetition_of_a_history_gives_the_same_clocks(
    history: list[Step], book: Book, data: st.DataObject
) -> None:
    assert fold(mixed(data, history), book) == fold(history, book)


@patient
@given(histories, books(), st.data())
def test_a_ticket_that_lives_through_its_history_ends_where_the_fold_says(
    history: list[Step], book: Book, data: st.DataObject
) -> None:
    ticket, _ = live(data, history, book)
    assert settled(ticket.clocks) == fold(history, book)
    for clock in ticket.clocks.values():
        assert clock.outcome is Outcome.RUNNING or clock.breached == clock.late


@patient
@given(histories, books(), st.data())
def test_the_warning_and_the_breach_of_a_generation_are_announced_once_unless_taken_back(
    history: list[Step], book: Book, data: st.DataObject
) -> None:
    ticket, news = live(data, history, book)
    for key in {entry.clock.key for entry in news}:
        story = [entry for entry in news if entry.clock.key == key]
        assert story[0].said is Said.STARTED
        causes = [
            time_cause(entry, ticket, NINE).id
            for entry in story
            if entry.said in {Said.DUE_SOON, Said.BREACHED}
        ]
        assert len(causes) == len(set(causes))
        told: set[int] = set()
        for entry in story:
            if entry.said is Said.BREACHED:
                assert entry.clock.retargets not in told
                told.add(entry.clock.retargets)
            elif entry.said is Said.BREACH_WITHDRAWN:
                assert told
                told.clear()


def in_the_end(ticket: Ticket) -> dict[ClockKey, tuple[object, ...]]:
    """What is shown of its clocks long after its last event."""
    end = NINE + timedelta(days=60)
    for clock in list(ticket.clocks.values()):
        ticket.pass_time(clock, end)
    return {
        key: (each.outcome, each.due_at, each.ended_at, each.retargets, each.breached)
        for key, each in ticket.clocks.items()
    }


@patient
@given(histories, books(), st.data())
def test_what_is_broken_in_the_end_does_not_depend_on_the_order_in_which_its_history_came(
    history: list[Step], book: Book, data: st.DataObject
) -> None:
    punctual = Ticket("demo", new_id())
    for step in sorted(history, key=lambda step: step.place):
        punctual.take_in([step], book, max(step.at, NINE))
    ticket, _ = live(data, history, book)
    assert in_the_end(ticket) == in_the_end(punctual)


@patient
@given(histories, books(), st.data())
def test_the_report_in_the_end_does_not_depend_on_the_order_in_which_a_history_came(
    history: list[Step], book: Book, data: st.DataObject
) -> None:
    report: Report = {}
    ticket, _ = live(data, history, book, report)
    in_the_end(ticket)
    report_on(ticket, report)
    whole = Ticket("demo", new_id())
    whole.take_in(history, book, NINE)
    in_the_end(whole)
    told = {key: closed(each) for key, each in whole.clocks.items()}
    assert {key: each for key, each in report.items() if each} == {
        key: each for key, each in told.items() if each
    }


@patient
@given(histories, books())
def test_at_most_one_clock_of_a_kind_runs_and_each_ended_one_says_when(
    history: list[Step], book: Book
) -> None:
    folded = fold(history, book).values()
    running = [clock.kind for clock in folded if clock.outcome is Outcome.RUNNING]
    assert len(running) == len(set(running))
    assert all((clock.ended_at is None) == (clock.outcome is Outcome.RUNNING) for clock in folded)


@patient
@given(histories, books())
def test_what_counted_of_a_clock_and_what_did_not_adds_up_to_its_life(
    history: list[Step], book: Book
) -> None:
    now = NINE + timedelta(days=10)
    for clock in fold(history, book).values():
        intervals = list(explain(clock, now))
        for one, other in pairwise(intervals):
            assert one.end == other.start
        counted = sum((each.end - each.start for each in intervals if each.counted), timedelta())
        if clock.outcome is not Outcome.RUNNING:
            assert counted // timedelta(seconds=1) == clock.elapsed_seconds
            used_up = timedelta(seconds=clock.target_seconds)
            # An end in closed time, after the last open second was used up, is late as well.
            assert clock.late == (counted > used_up) or counted == used_up


@patient
@given(histories, books())
def test_a_clock_is_due_when_exactly_its_target_has_counted(
    history: list[Step], book: Book
) -> None:
    for clock in fold(history, book).values():
        if clock.outcome is Outcome.RUNNING and clock.paused_at is None:
            counted = timedelta()
            for each in explain(clock, max(clock.due_at, clock.retargeted_at or clock.due_at)):
                if each.counted and each.start < clock.due_at:
                    counted += min(each.end, clock.due_at) - each.start
            assert counted == timedelta(seconds=clock.target_seconds)


CONDITIONS = [
    'ticket.team == "billing"', 'ticket.tier == "L2" && channel.kind == "chat"',
    '"vip" in ticket.tags', 'ticket["status"] == "pending"', 'size(ticket) > 3',
    'ticket.exists(name, ticket[name] == "somebody")', 'customer.plan == "gold"', "true",
]  # fmt: skip


@patient
@given(st.lists(st.sampled_from(CONDITIONS), max_size=3), st.lists(facts, min_size=1, max_size=6))
def test_what_a_book_remembers_of_conditions_is_what_they_say_of_each_ticket(
    conditions: list[str], tickets: list[Facts]
) -> None:
    promised = [Policy(f"p{n}", "P", condition=text) for n, text in enumerate(conditions)]
    book = Book([PolicySet(1, None, tuple(promised))])
    for each in tickets:
        fresh = Book(book.sets)
        assert book.policy(each, NINE) == fresh.policy(each, NINE)
