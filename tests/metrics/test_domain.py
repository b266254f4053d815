"""KPIs reckoned from facts are those of the log, in whatever order its events arrive."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain import tickets
from services.metrics.domain.counting import Cell, Changes, measure
from services.metrics.domain.definitions import DEFINITIONS, Definition, Happened
from services.metrics.domain.figures import (
    METRICS,
    figure,
)
from services.metrics.domain.sketches import bin_of, merged
from services.metrics.domain.tickets import LONGEST, Fact, Observation, Place, Step
from services.metrics.domain.windows import GRAINS, LENGTH, start_of
from tests.metrics import logs

ALWAYS = dict.fromkeys(GRAINS, datetime(1950, 1, 1, tzinfo=UTC))
NOWHERE = Place("email", "-", "normal")


def counted(log: list[logs.Line], sizes: list[int]) -> Changes:
    """What is stored after the log has been consumed in batches of these sizes, then the rest."""
    facts: dict[int, Fact] = {}
    total = Changes()
    rest = list(log)
    for size in [*sizes, len(log)]:
        batch, rest = rest[:size], rest[size:]
        changes = Changes()
        for ticket, lines in logs.by_ticket(batch).items():
            fact = tickets.fold(facts.get(ticket), [line.observation for line in lines])
            changes.move("demo", facts.get(ticket), fact)
            facts[ticket] = fact
        _add(total, changes.rolled_up(ALWAYS))
    return total


def _add(total: Changes, changes: Changes) -> None:
    for cell, (count, milliseconds) in changes.cells.items():
        counted, summed = total.cells.get(cell, (0, 0))
        total.cells[cell] = counted + count, summed + milliseconds
    for slot, count in changes.bins.items():
        total.bins[slot] = total.bins.get(slot, 0) + count


def chosen(total: Changes, metric: str, grain: str, limits: logs.Matches) -> list[Cell]:
    return [
        cell
        for cell in total.cells
        if cell.metric == metric
        and cell.grain == grain
        and all(getattr(cell.place, name) == value for name, value in limits.items())
    ]


LIMITS: list[logs.Matches] = [
    {}, {"channel": "chat"}, {"team": "-"}, {"team": "billing", "priority": "urgent"}
]  # fmt: skip


@given(st.data())
def test_counts_equal_a_recomputation_from_the_log_in_any_order_and_with_repeats(
    data: st.DataObject,
) -> None:
    log = data.draw(logs.histories())
    arrived = data.draw(st.composite(logs.shuffled)(log))
    total = counted(arrived, data.draw(st.lists(st.integers(1, 5), max_size=10)))
    for grain, limits in product(GRAINS, LIMITS):
        windows = {start_of(line.at, grain) for line in log}
        for begin in windows:
            end = begin + LENGTH[grain]
            check_window(total, log, grain, limits, begin, end)


def check_window(
    total: Changes,
    log: list[logs.Line],
    grain: str,
    limits: logs.Matches,
    begin: datetime,
    end: datetime,
) -> None:
    def number(metric: str) -> int:
        cells = chosen(total, metric, grain, limits)
        return sum(total.cells[cell][0] for cell in cells if cell.start == begin)

    assert number("ticket-volume") == logs.volume(log, begin, end, limits)
    waiting = [
        total.cells[cell][0]
        for cell in chosen(total, "backlog", grain, limits)
        if cell.start <= begin
    ]
    assert sum(waiting) == logs.backlog(log, end, limits)
    for metric, exact in (
        ("first-response-time", logs.first_responses(log, begin, end, limits)),
        ("resolution-time", logs.resolutions(log, begin, end, limits)),
    ):
        cells = [one for one in chosen(total, metric, grain, limits) if one.start == begin]
        lengths = [length // timedelta(milliseconds=1) for length in exact]
        assert sum(total.cells[cell][0] for cell in cells) == len(lengths)
        assert sum(total.cells[cell][1] for cell in cells) == sum(lengths)
        bins = [{bin_: number} for (cell, bin_), number in total.bins.items() if cell in cells]
        assert merged(bins) == merged([{bin_of(length): 1} for length in lengths])


@given(logs.histories())
def test_the_backlog_of_all_time_is_the_sum_of_its_changes(log: list[logs.Line]) -> None:
    total = counted(log, [])
    for limits in LIMITS:
        ever = sum(total.cells[cell][0] for cell in chosen(total, "backlog", "ever", limits))
        days = sum(total.cells[cell][0] for cell in chosen(total, "backlog", "day", limits))
        assert ever == days == logs.backlog(log, datetime.max.replace(tzinfo=UTC), limits)


def test_windows_that_are_no_longer_kept_are_not_counted_again() -> None:
    begin = logs.BEGIN
    changes = Changes()
    changes.move("demo", None, tickets.fold(None, [seen(1, begin)]))
    kept = dict(ALWAYS) | {"minute": begin + timedelta(hours=1)}
    grains = {cell.grain for cell in changes.rolled_up(kept).cells}
    assert grains == {"hour", "day", "ever"}


def seen(
    sequence: int,
    at: datetime,
    *,
    unsolved: bool = True,
    place: Place = NOWHERE,
    replied: bool = False,
    opened_at: datetime | None = None,
) -> Observation:
    step = Step(sequence, at, unsolved, place)
    return Observation(
        step, opened_at or logs.BEGIN, None if unsolved else at, at if replied else None
    )


def test_a_ticket_that_moves_to_a_team_takes_all_that_it_counted_for_with_it() -> None:
    begin, later = logs.BEGIN, logs.BEGIN + timedelta(minutes=5)
    fact = tickets.fold(None, [seen(1, begin), seen(2, later, replied=True)])
    moved = tickets.fold(fact, [seen(3, later, place=NOWHERE._replace(team="billing"))])
    changes = Changes()
    changes.move("demo", None, fact)
    changes.move("demo", fact, moved)
    stored = changes.rolled_up(ALWAYS).cells
    nonzero = {cell.place.team for cell, value in stored.items() if value[0]}
    assert {cell.place.team for cell in chosen(changes, "ticket-volume", "minute", {})} == {
        "-",
        "billing",
    }
    volume = [cell for cell in stored if cell.metric == "ticket-volume"]
    assert {cell.place.team for cell in volume} == {"billing"}
    # The backlog remembers where the ticket was until it moved.
    assert nonzero == {"-", "billing"}


def test_a_reply_dated_before_the_opening_took_no_time() -> None:
    early = logs.BEGIN - timedelta(seconds=2)
    fact = tickets.fold(None, [seen(1, logs.BEGIN), seen(2, early, replied=True)])
    [length] = [one for one in measure(fact) if one.metric == "first-response-time"]
    assert length.milliseconds == 0


def test_a_ticket_first_seen_in_the_middle_counts_from_its_opening() -> None:
    later = logs.BEGIN + timedelta(hours=2)
    [volume, waiting] = measure(tickets.fold(None, [seen(7, later)]))
    assert (volume.metric, volume.at) == ("ticket-volume", logs.BEGIN)
    assert (waiting.metric, waiting.at, waiting.number) == ("backlog", logs.BEGIN, 1)


def test_steps_that_change_nothing_are_given_up_when_there_are_many() -> None:
    minutes = [logs.BEGIN + timedelta(minutes=count) for count in range(300)]
    log = [seen(count + 1, at, unsolved=count % 50 != 49) for count, at in enumerate(minutes)]
    fact = tickets.fold(None, log)
    assert len(fact.steps) == LONGEST
    assert list(measure(fact)) == list(measure(Fact(fact.opened_at, fact.resolved_at, None,
        tuple(one.step for one in log))))  # fmt: skip


def told(definition: Definition) -> Changes:
    """An example's log, consumed."""
    facts: dict[str, list[Observation]] = {}
    opened: dict[str, datetime] = {}
    resolved: dict[str, datetime | None] = {}
    for happened in definition.example.log:
        facts.setdefault(happened.ticket, []).append(_observed(happened, opened, resolved))
    changes = Changes()
    for observations in facts.values():
        changes.move("demo", None, tickets.fold(None, observations))
    return changes.rolled_up(ALWAYS)


def _observed(
    happened: Happened, opened: dict[str, datetime], resolved: dict[str, datetime | None]
) -> Observation:
    ticket, at = happened.ticket, happened.at
    opened.setdefault(ticket, at)
    if happened.what in ("solved", "reopened"):
        resolved[ticket] = at if happened.what == "solved" else None
    solved_at = resolved.get(ticket)
    # An example is in order of time for each ticket: its minutes serve as the sequence.
    sequence = int((at - opened[ticket]).total_seconds()) + 1
    step = Step(sequence, at, solved_at is None, NOWHERE)
    return Observation(step, opened[ticket], solved_at, at if happened.what == "replied" else None)


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=lambda one: one.name)
def test_the_worked_example_of_each_definition_comes_out_as_it_says(
    definition: Definition,
) -> None:
    total, hour = told(definition), definition.example.hour
    cells = chosen(total, definition.name, "hour", {})
    if definition.name == "backlog":
        count = sum(total.cells[cell][0] for cell in cells if cell.start <= hour)
        assert figure("backlog", count, 0, {}) == definition.example.figure
        return
    [cell] = [cell for cell in cells if cell.start == hour]
    bins = merged([{bin_: number} for (one, bin_), number in total.bins.items() if one == cell])
    assert figure(definition.name, *total.cells[cell], bins) == definition.example.figure


def test_every_metric_has_a_definition() -> None:
    assert set(DEFINITIONS) == set(METRICS)
