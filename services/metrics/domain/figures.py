"""What a KPI's numbers are in one window, made of counts and sketches."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple, get_args

from services.metrics.domain.counting import Metric
from services.metrics.domain.sketches import Bins, percentiles
from services.metrics.domain.windows import Grain

METRICS: Final[tuple[Metric, ...]] = get_args(Metric)
LENGTHS: Final[frozenset[Metric]] = frozenset({"first-response-time", "resolution-time"})
"""The metrics whose measurements are lengths of time, in seconds."""
SHARES: Final = (0.5, 0.9, 0.99)

Dimension = Literal["channel", "team", "priority"]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)


@dataclass(frozen=True, slots=True)
class Figure:
    """A KPI's value in one window. `sum` to `p99` are seconds, rounded to milliseconds.

    They are None (`sum` is 0) where nothing was measured, and for metrics that count tickets.
    """

    count: int
    sum: float = 0.0
    mean: float | None = None
    p50: float | None = None
    p90: float | None = None
    p99: float | None = None


NOTHING: Final = Figure(0)


def figure(metric: Metric, count: int, milliseconds: int, bins: Bins) -> Figure:
    """The figure of a window from its count, the sum of its lengths and their sketch.

    A count below zero is shown as 0: it means that events which explain it are yet to arrive.
    """
    count = max(0, count)
    if metric not in LENGTHS or count == 0:
        return Figure(count)
    mean = round(milliseconds / count / 1000, 3)
    shares = [None if one is None else round(one, 3) for one in percentiles(bins, SHARES)]
    return Figure(count, milliseconds / 1000, mean, *shares)


class Window(NamedTuple):
    """One window of one metric of one tenant."""

    tenant: str
    metric: Metric
    grain: Grain
    start: datetime


class Slice(NamedTuple):
    """What a figure is limited to: the whole tenant, or one value of one dimension."""

    dimension: Dimension | None
    value: str

    @property
    def dimensions(self) -> dict[str, str]:
        """As `metric.updated` has it: name → value; empty for the whole tenant."""
        return {self.dimension: self.value} if self.dimension else {}


class Key(NamedTuple):
    """What a published figure is about."""

    window: Window
    slice: Slice

    def __str__(self) -> str:
        """One text for one figure, whatever its names hold."""
        return json.dumps([*self.window, *self.slice], default=datetime.isoformat)


@dataclass(frozen=True, slots=True)
class Published:
    """A figure as it was last announced. version: counts its changes from 1."""

    version: int
    figure: Figure


def changed(
    present: Mapping[Key, Figure], published: Mapping[Key, Published]
) -> list[tuple[Key, Published]]:
    """What must be announced: figures that are new or not as they were announced, in order of key.

    A new figure of nothing at all is no news, but an empty backlog is.
    """
    news = []
    for key in sorted(present, key=_order):
        before = published.get(key)
        if before is None and present[key] == NOTHING and key.window.metric != "backlog":
            continue
        if before is None or before.figure != present[key]:
            version = before.version + 1 if before else 1
            news.append((key, Published(version, present[key])))
    return news


def _order(key: Key) -> tuple[Window, str, str]:
    return key.window, key.slice.dimension or "", key.slice.value


def first_changed(keys: Iterable[Key]) -> dict[tuple[str, Grain], datetime]:
    """Of each tenant and grain, the earliest window of the backlog among the keys."""
    earliest: dict[tuple[str, Grain], datetime] = {}
    for tenant, metric, grain, start in (key.window for key in keys):
        if metric == "backlog":
            known = earliest.get((tenant, grain), start)
            earliest[tenant, grain] = min(known, start)
    return earliest
