"""Stored, answered and announced figures against those that follow from the log."""

from datetime import datetime, timedelta

from services.metrics.domain.figures import Figure, figure
from services.metrics.domain.sketches import bin_of, merged
from services.metrics.domain.windows import GRAINS, LENGTH, Grain, start_of
from services.metrics.repository.kpis import Asked, Kpis
from services.metrics.usecases.reading import read_series
from tests.metrics.conftest import Suite
from tests.metrics.logs import (
    Line,
    Matches,
    backlog,
    first_responses,
    resolutions,
    volume,
)


def exact(metric: str, log: list[Line], grain: Grain, start: datetime, limits: Matches) -> Figure:
    """The figure that follows from the log."""
    end = start + LENGTH[grain]
    if metric == "ticket-volume":
        return Figure(volume(log, start, end, limits))
    if metric == "backlog":
        return Figure(backlog(log, end, limits))
    reckon = first_responses if metric == "first-response-time" else resolutions
    lengths = [length // timedelta(milliseconds=1) for length in reckon(log, start, end, limits)]
    bins = merged([{bin_of(length): 1} for length in lengths])
    return figure(metric, len(lengths), sum(lengths), bins)


METRICS = ("ticket-volume", "backlog", "first-response-time", "resolution-time")
COMBINATIONS = [{}, {"channel": "chat"}, {"team": "-"}, {"team": "tech", "priority": "urgent"}]


async def announce(suite: Suite, limit: int | None = None) -> int:
    """Announce until nothing is left, without waiting for the pauses between turns."""
    total = 0
    while True:
        await suite.rest("announce")
        windows = await suite.fire(limit=limit)
        total += windows
        if not windows:
            return total


async def check_answers(
    suite: Suite, tenant: str, log: list[Line], metric: str, grain: Grain
) -> None:
    since = start_of(min(line.at for line in log), grain)
    until = max(line.at for line in log) + timedelta(minutes=3)
    for limits in COMBINATIONS:
        async with suite.database.reading() as session:
            asked = Asked(tenant, metric, grain, since, until, limits)
            series = await read_series(Kpis(session), asked)
        for start, found in series.windows.items():
            assert found == exact(metric, log, grain, start, limits), (metric, start, limits)


async def check_announced(suite: Suite, tenant: str, log: list[Line]) -> None:
    latest = await suite.announced(tenant)
    for updated in latest.values():
        found = Figure(
            updated.count, updated.sum, updated.mean, updated.p50, updated.p90, updated.p99
        )
        limits = updated.dimensions
        assert found == exact(updated.metric, log, updated.window, updated.window_start, limits)
    begun = {(start_of(line.opened_at, grain), grain) for line in log for grain in GRAINS}
    told = {
        (updated.window_start, updated.window)
        for updated in latest.values()
        if updated.metric == "ticket-volume" and not updated.dimensions
    }
    assert told == begun
