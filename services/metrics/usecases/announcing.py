"""Announcing: figures that changed go out, coalesced."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.metrics.domain import definitions, figures
from services.metrics.domain.counting import BACKLOG
from services.metrics.domain.figures import LENGTHS, Figure, Key, Published, Window
from services.metrics.repository.announcements import Announcements
from services.metrics.repository.rollups import RollUps
from shared.contracts.metrics import MetricUpdated
from shared.messaging import Cause, Outbox, timer_cause
from shared.storage import Session


async def announce_changes(
    session: Session, outbox: Outbox, now: datetime, pause: timedelta, limit: int
) -> int:
    """Announce the figures of up to `limit` windows that changed; returns how many windows.

    One process at a time does it, and at most once in a `pause`: a figure that changes a thousand
    times meanwhile is announced once. Positions are given out under the turn's lock, so that they
    are committed in their order: a reader who has seen one will find none below it later.
    """
    announcements, rollups = Announcements(session), RollUps(session)
    position = await announcements.take_turn("announce", now, pause)
    if position is None:
        return 0
    # After a restore from backup the epoch puts new positions above those that were given out.
    position = max(position, outbox.sequence(0))
    windows = await rollups.take_changed(limit)
    if not windows:
        return 0
    present, traces = await _present(rollups, windows)
    news = figures.changed(present, await announcements.last(windows))
    if news:
        await announcements.save(news, position, now)
        for key, published in news:
            announce(outbox, key, published, _changed(outbox, key, published, traces[key]))
    if late := figures.first_changed(key for key, _ in news):
        await rollups.mark_later(late)
    more = len(windows) == limit
    await announcements.end_turn("announce", now - pause if more else now, position + len(news))
    return len(windows)


async def _present(
    rollups: RollUps, windows: Sequence[Window]
) -> tuple[dict[Key, Figure], dict[Key, str | None]]:
    """The figures of all slices that have a cell in the windows, and their traces."""
    counts = await rollups.counts(windows)
    lengths = [window for window in windows if window.metric in LENGTHS]
    bins = await rollups.bins(lengths) if lengths else {}
    waiting = [window for window in windows if window.metric == BACKLOG]
    backlogs = await rollups.backlogs(waiting) if waiting else {}
    present = {}
    for key, (count, milliseconds, _) in counts.items():
        metric = key.window.metric
        value = backlogs.get(key, 0) if metric == BACKLOG else count
        present[key] = figures.figure(metric, value, milliseconds, bins.get(key, {}))
    return present, {key: trace for key, (_, _, trace) in counts.items()}


def _changed(outbox: Outbox, key: Key, published: Published, traceparent: str | None) -> Cause:
    """A change is named by its figure and version: made again, it has the same id."""
    named = (str(key), outbox.epoch, published.version)
    return Cause(timer_cause(key.window.start, "figure", *named).id, 0, traceparent)


def announce(outbox: Outbox, key: Key, published: Published, cause: Cause) -> None:
    """A figure's full, present value on support.metrics.v1."""
    updated = as_event(key, published.figure, outbox.now)
    outbox.add(
        updated,
        tenant=key.window.tenant,
        key=updated.record_key(),
        cause=cause,
        sequence=outbox.sequence(published.version),
    )


def as_event(key: Key, figure: Figure, updated_at: datetime) -> MetricUpdated:
    """A figure in the public language."""
    tenant, metric, grain, start = key.window
    defined = definitions.DEFINITIONS[metric]
    return MetricUpdated(
        tenant=tenant, metric=metric, unit=defined.unit, direction=defined.direction,
        dimensions=key.slice.dimensions, window=grain, window_start=start, count=figure.count,
        sum=figure.sum, mean=figure.mean, p50=figure.p50, p90=figure.p90, p99=figure.p99,
        updated_at=updated_at,
    )  # fmt: skip
