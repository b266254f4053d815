"""The breaker: when failures are no longer those of single records."""

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.breaker import IN_A_ROW, LEAST, WINDOW, Breaker


def outcomes(breaker: Breaker, *given_outcomes: bool) -> str | None:
    """Feeds outcomes (True: applied) until it trips."""
    for good in given_outcomes:
        if good:
            breaker.succeeded(1)
        elif tripped := breaker.failed():
            return tripped
    return None


def test_twenty_failures_in_a_row_trip_it() -> None:
    assert outcomes(Breaker(), *[False] * (IN_A_ROW - 1)) is None
    assert outcomes(Breaker(), *[False] * IN_A_ROW) == "20 records in a row failed"


def test_a_success_between_begins_the_row_anew() -> None:
    breaker = Breaker()
    breaker.succeeded(2 * WINDOW)
    for _ in range(2):
        assert outcomes(breaker, *[False] * (IN_A_ROW - 1)) is None
        breaker.succeeded(1)


def test_a_share_of_more_than_a_twentieth_trips_it_once_a_hundred_were_seen() -> None:
    breaker = Breaker()
    assert outcomes(breaker, *[True, False] * 49) is None
    assert outcomes(breaker, True, False) == "50 of the last 100 records failed"


def test_exactly_a_twentieth_does_not_trip_it() -> None:
    assert outcomes(Breaker(), *([True] * 19 + [False]) * 200) is None


def test_only_the_last_thousand_count() -> None:
    breaker = Breaker()
    breaker.succeeded(10 * WINDOW)
    assert outcomes(breaker, *([True] * 1 + [False]) * 50) is None
    assert outcomes(breaker, True, False) == "51 of the last 1000 records failed"


def test_nothing_applied_changes_nothing() -> None:
    breaker = Breaker()
    outcomes(breaker, *[False] * (IN_A_ROW - 1))
    breaker.succeeded(0)
    assert breaker.failed()


@given(st.lists(st.booleans(), max_size=1500))
def test_it_trips_by_its_two_rules_and_by_nothing_else(given_outcomes: list[bool]) -> None:
    breaker = Breaker()
    for seen in range(len(given_outcomes)):
        if given_outcomes[seen]:
            breaker.succeeded(1)
            continue
        past = given_outcomes[: seen + 1][-WINDOW:]
        in_a_row = not any(given_outcomes[max(0, seen + 1 - IN_A_ROW) : seen + 1])
        too_many = len(past) >= LEAST and past.count(False) > len(past) / 20
        expected = too_many or (in_a_row and seen + 1 >= IN_A_ROW)
        assert bool(breaker.failed()) == expected
        if expected:
            return
