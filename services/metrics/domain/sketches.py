"""Percentiles by DDSketch: counts per bin, signed, so that they merge and can be taken back.

The bins are those of Datadog's `ddsketch` with 1 % relative accuracy (Masson, Rim, Lee: DDSketch,
VLDB 2019): every value in a bin lies within 1 % of the bin's own value. Of that package only the
mapping is used: its sketches can neither be stored as rows nor lose a value again.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from ddsketch.mapping import LogarithmicMapping

ACCURACY: Final = 0.01
_MAPPING: Final = LogarithmicMapping(ACCURACY)
ZERO_BIN: Final = -32768
"""The bin of 0 ms: below every other (1 ms is in bin -345), and still a smallint."""

Bins = Mapping[int, int]
"""Bin → how many values lie in it. Negative while a value is taken back from another sketch."""


def bin_of(milliseconds: int) -> int:
    """The bin of a length in whole milliseconds; a negative one counts as 0."""
    return int(_MAPPING.key(milliseconds / 1000)) if milliseconds > 0 else ZERO_BIN


def seconds_of(bin_: int) -> float:
    """The length in seconds that a bin stands for: within 1 % of every length in it."""
    return 0.0 if bin_ == ZERO_BIN else float(_MAPPING.value(bin_))


def merged(sketches: Iterable[Bins]) -> dict[int, int]:
    """The sketch of all values of several sketches; bins that come to 0 are left out."""
    total: dict[int, int] = {}
    for sketch in sketches:
        for bin_, count in sketch.items():
            total[bin_] = total.get(bin_, 0) + count
    return {bin_: count for bin_, count in total.items() if count}


def percentiles(bins: Bins, shares: Iterable[float]) -> list[float | None]:
    """For each share q (0 to 1, rising) the q-quantile in seconds; None where there is no value.

    It is within 1 % of the value at rank floor(q * (n - 1)) of the n values in order.
    """
    ordered = sorted((bin_, count) for bin_, count in bins.items() if count > 0)
    total = sum(count for _, count in ordered)
    found: list[float | None] = []
    position, seen = 0, ordered[0][1] if ordered else 0
    for share in shares:
        if not ordered:
            found.append(None)
            continue
        while seen <= share * (total - 1) and position + 1 < len(ordered):
            position += 1
            seen += ordered[position][1]
        found.append(seconds_of(ordered[position][0]))
    return found
