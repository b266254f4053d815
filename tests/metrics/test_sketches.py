"""Sketches: within 1 %, merged, and taken back."""

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.sketches import (
    ACCURACY,
    ZERO_BIN,
    bin_of,
    merged,
    percentiles,
    seconds_of,
)

lengths = st.integers(0, 400 * 86_400_000)
shares = st.floats(0, 1)


def sketch(values: list[int]) -> Counter[int]:
    return Counter(bin_of(value) for value in values)


@given(st.integers(1, 10**15))
def test_a_bin_stands_for_its_lengths_within_one_percent(milliseconds: int) -> None:
    assert math.isclose(
        seconds_of(bin_of(milliseconds)), milliseconds / 1000, rel_tol=ACCURACY * 1.0001
    )


@given(st.integers(-(10**9), 0))
def test_no_time_at_all_and_less_have_a_bin_of_their_own(milliseconds: int) -> None:
    assert bin_of(milliseconds) == ZERO_BIN
    assert seconds_of(ZERO_BIN) == 0


def test_all_lengths_from_a_millisecond_to_ten_thousand_years_fit_a_smallint() -> None:
    assert ZERO_BIN < bin_of(1) < bin_of(10_000 * 366 * 86_400_000) < 2**15


@given(st.lists(lengths, min_size=1, max_size=200), st.lists(shares, min_size=1, max_size=4))
def test_every_percentile_is_within_one_percent_of_the_value_at_its_rank(
    values: list[int], asked: list[float]
) -> None:
    asked.sort()
    ordered = sorted(values)
    exact = [ordered[math.floor(share * (len(values) - 1))] / 1000 for share in asked]
    found = percentiles(sketch(values), asked)
    for near, true in zip(found, exact, strict=True):
        assert near is not None
        assert math.isclose(near, true, rel_tol=ACCURACY * 1.0001)


@given(st.lists(lengths), st.lists(lengths))
def test_merged_sketches_are_the_sketch_of_all_values(one: list[int], other: list[int]) -> None:
    assert merged([sketch(one), sketch(other)]) == dict(sketch(one + other))


@given(st.lists(lengths), st.lists(lengths))
def test_what_is_taken_back_leaves_no_trace(kept: list[int], withdrawn: list[int]) -> None:
    back = {bin_: -count for bin_, count in sketch(withdrawn).items()}
    assert merged([sketch(kept + withdrawn), back]) == dict(sketch(kept))
    # In whatever order they come: the taking back may be stored before the taking.
    assert merged([back, sketch(kept + withdrawn)]) == dict(sketch(kept))


def test_an_empty_sketch_has_no_percentiles() -> None:
    assert percentiles({}, (0.5, 0.99)) == [None, None]
