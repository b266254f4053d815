"""Reading: a KPI's figures over time, for any combination of channel, team and priority."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.metrics.domain.counting import BACKLOG
from services.metrics.domain.figures import LENGTHS, Figure, figure
from services.metrics.domain.sketches import merged
from services.metrics.domain.windows import starts
from services.metrics.repository.kpis import Asked, Kpis


@dataclass(frozen=True, slots=True)
class Series:
    """A KPI's figure in each window that was asked for, and over all of them together."""

    windows: Mapping[datetime, Figure]
    total: Figure


async def read_series(kpis: Kpis, asked: Asked) -> Series:
    """The figures of all windows asked for, also of those in which nothing happened.

    The total of a backlog is that at the end of the last window.
    """
    if asked.metric == BACKLOG:
        return await _backlog(kpis, asked)
    counts = await kpis.counts(asked)
    bins = await kpis.bins(asked) if asked.metric in LENGTHS else {}
    windows = {
        start: figure(asked.metric, *counts.get(start, (0, 0)), bins.get(start, {}))
        for start in starts(asked.since, asked.until, asked.grain)
    }
    count = sum(count for count, _ in counts.values())
    milliseconds = sum(milliseconds for _, milliseconds in counts.values())
    total = figure(asked.metric, count, milliseconds, merged(bins.values()))
    return Series(windows, total)


async def _backlog(kpis: Kpis, asked: Asked) -> Series:
    waiting = await kpis.backlog_before(asked)
    changes = await kpis.counts(asked)
    windows = {}
    for start in starts(asked.since, asked.until, asked.grain):
        waiting += changes.get(start, (0, 0))[0]
        windows[start] = figure(BACKLOG, waiting, 0, {})
    return Series(windows, figure(BACKLOG, waiting, 0, {}))
