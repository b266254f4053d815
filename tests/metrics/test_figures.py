"""Figures, what is news of them, and the windows they are of."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.figures import (
    NOTHING,
    Figure,
    Key,
    Published,
    Slice,
    Window,
    changed,
    figure,
)
from services.metrics.domain.sketches import bin_of, percentiles
from services.metrics.domain.windows import GRAINS, after, count_of, start_of, starts
from tests.metrics import logs

WINDOW = Window("demo", "ticket-volume", "hour", logs.BEGIN)
WHOLE = Key(WINDOW, Slice(None, ""))
BILLING = Key(WINDOW, Slice("team", "billing"))


def test_only_figures_that_differ_from_what_was_announced_are_news() -> None:
    published = {WHOLE: Published(4, Figure(3)), BILLING: Published(2, Figure(1))}
    news = changed({WHOLE: Figure(5), BILLING: Figure(1)}, published)
    assert news == [(WHOLE, Published(5, Figure(5)))]


def test_nothing_is_no_news_unless_there_was_something() -> None:
    assert changed({WHOLE: NOTHING}, {}) == []
    assert changed({WHOLE: NOTHING}, {WHOLE: Published(1, Figure(2))}) == [
        (WHOLE, Published(2, NOTHING))
    ]


def test_an_empty_backlog_is_news() -> None:
    key = Key(WINDOW._replace(metric="backlog"), Slice(None, ""))
    assert changed({key: NOTHING}, {}) == [(key, Published(1, NOTHING))]


EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=4000)).map(lambda after: EPOCH + after)


@given(instants.map(lambda at: start_of(at, "minute")), instants)
def test_all_time_after_an_instant_is_cut_into_windows_without_gap_or_overlap(
    cut: datetime, other: datetime
) -> None:
    covering = 0
    for grain, (first, end) in after(cut).items():
        start = start_of(other, grain)
        covering += start >= first and (end is None or start < end)
    assert covering == (other >= cut)


@given(instants, st.timedeltas(timedelta(0), timedelta(days=2)), st.sampled_from(GRAINS))
def test_windows_are_counted_as_they_are_made(
    since: datetime, length: timedelta, grain: str
) -> None:
    made = list(starts(since, since + length, grain))  # type: ignore[arg-type]
    assert len(made) == count_of(since, since + length, grain)  # type: ignore[arg-type]


def test_percentiles_of_a_figure_come_from_its_sketch() -> None:
    bins = {bin_of(1000): 9, bin_of(60_000): 1}
    made = figure("resolution-time", 10, 69_000, bins)
    assert made.mean == 6.9
    assert [made.p50, made.p99] == pytest.approx(percentiles(bins, (0.5, 0.99)), abs=0.001)
