"""Sums over the cells of whole windows: for the tenant, and for each channel, team and priority."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    SmallInteger,
    Text,
    func,
    select,
    tuple_,
    union_all,
    update,
)

from services.metrics.domain.counting import BACKLOG, EVER
from services.metrics.domain.figures import Dimension, Key, Slice, Window
from services.metrics.domain.windows import Grain
from services.metrics.tables import bin_, cell
from shared.storage import Session, unnest

_WINDOW = ["tenant", "metric", "grain", "start"]
# An UPDATE takes parameters named like its columns for values to set: hence other names.
_asked = unnest(
    "asked", of_tenant=Text, of_metric=Text, of_grain=Text, of_start=DateTime(timezone=True)
)
# What GROUPING(channel, team, priority) says: a bit is set where the column is summed over.
_DIMENSION: Final[dict[int, Dimension | None]] = {
    0b111: None, 0b011: "channel", 0b101: "team", 0b110: "priority"
}  # fmt: skip


def _slices(asked: Any, places: Any, *further: Any) -> Any:
    """GROUP BY the four slices of each asked window."""
    window = list(asked)
    dimensions = [places.channel, places.team, places.priority]
    return func.grouping_sets(
        tuple_(*window, *further), *[tuple_(*window, one, *further) for one in dimensions]
    )


def _named(asked: Any, places: Any) -> list[Any]:
    """The columns that tell slices apart."""
    dimensions = [places.channel, places.team, places.priority]
    return [
        *[asked["of_" + name].label(name) for name in _WINDOW],
        func.grouping(*dimensions).label("summed"),
        func.coalesce(*dimensions, "").label("value"),
    ]


def _of_window(columns: Any) -> Any:
    return tuple_(*[columns[name] for name in _WINDOW]) == tuple_(*_asked.c)


_COUNTS = (
    select(
        *_named(_asked.c, cell.c),
        func.sum(cell.c.counted).cast(BigInteger).label("counted"),
        func.sum(cell.c.milliseconds).cast(BigInteger).label("milliseconds"),
        func.max(cell.c.traceparent).label("traceparent"),
    )
    .join_from(_asked, cell, _of_window(cell.c))
    .group_by(_slices(_asked.c, cell.c))
)

_merged = (
    select(
        *_named(_asked.c, bin_.c),
        bin_.c.bin,
        func.sum(bin_.c.counted).cast(BigInteger).label("counted"),
    )
    .join_from(_asked, bin_, _of_window(bin_.c))
    .group_by(_slices(_asked.c, bin_.c, bin_.c.bin))
    .subquery("merged")
)
_key_columns = [_merged.c[name] for name in [*_WINDOW, "summed", "value"]]
# A row for each sketch, not for each bin: there may be hundreds of them in every sketch.
_BINS = select(
    *_key_columns,
    func.array_agg(_merged.c.bin, type_=ARRAY(SmallInteger)).label("bins"),
    func.array_agg(_merged.c.counted, type_=ARRAY(BigInteger)).label("numbers"),
).group_by(*_key_columns)

# The backlog at a window's end: all changes ever, without those of later windows. As one condition
# with OR it would read all windows of the tenant.
_of_tenant = (cell.c.tenant == _asked.c.of_tenant) & (cell.c.metric == _asked.c.of_metric)
_places = [cell.c.channel, cell.c.team, cell.c.priority]
_changes = union_all(
    select(*_asked.c, *_places, cell.c.counted.label("change"))
    .join_from(_asked, cell, _of_tenant)
    .where(cell.c.grain == "ever", cell.c.start == EVER),
    select(*_asked.c, *_places, (-cell.c.counted).label("change"))
    .join_from(_asked, cell, _of_tenant & (cell.c.grain == _asked.c.of_grain))
    .where(cell.c.start > _asked.c.of_start),
).subquery("changes")
_change_windows = [_changes.c["of_" + name] for name in _WINDOW]
_BACKLOG = select(
    *_named(_changes.c, _changes.c), func.sum(_changes.c.change).cast(BigInteger).label("counted")
).group_by(_slices(_change_windows, _changes.c))

_ADDRESS = [column for column in cell.primary_key.columns]
_picked = (
    select(*_ADDRESS)
    .join_from(_asked, cell, _of_window(cell.c))
    .where(cell.c.dirty)
    .order_by(*_ADDRESS)
    .with_for_update(of=cell)
    .subquery("picked")
)
_CLEAN = (
    update(cell)
    .values(dirty=False)
    .where(tuple_(*_ADDRESS) == tuple_(*[_picked.c[column.name] for column in _ADDRESS]))
)

_late = unnest("late", of_tenant=Text, of_grain=Text, of_start=DateTime(timezone=True))
# A row that is locked is being changed, and thereby marked, by the transaction that has it: waiting
# for it here, out of the order in which rows are locked, could end in a deadlock.
_later = (
    select(*_ADDRESS)
    .join_from(
        _late, cell, (cell.c.tenant == _late.c.of_tenant) & (cell.c.grain == _late.c.of_grain)
    )
    .where(cell.c.metric == BACKLOG, cell.c.start > _late.c.of_start, ~cell.c.dirty)
    .with_for_update(of=cell, skip_locked=True)
    .subquery("later")
)
_MARK_LATER = (
    update(cell)
    .values(dirty=True)
    .where(tuple_(*_ADDRESS) == tuple_(*[_later.c[column.name] for column in _ADDRESS]))
)


class RollUps:
    """The sums of windows, in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def take_changed(self, limit: int) -> list[Window]:
        """Up to `limit` windows that have changed, oldest first, which now count as unchanged.

        It waits for the transactions that are changing them: their changes are in the sums that
        are read afterwards.
        """
        columns = [cell.c[name] for name in _WINDOW]
        rows = await self._session.execute(
            select(*columns)
            .where(cell.c.dirty)
            .distinct()
            .order_by(*columns)
            .limit(limit)
        )  # fmt: skip
        windows = [Window(*row) for row in rows]
        if windows:
            await self._session.execute(_CLEAN, _bound(windows))
        return windows

    async def counts(self, windows: Sequence[Window]) -> dict[Key, tuple[int, int, str | None]]:
        """Count, sum of milliseconds and a traceparent of each slice of the windows."""
        rows = await self._session.execute(_COUNTS, _bound(windows))
        return {_key(row): (row.counted, row.milliseconds, row.traceparent) for row in rows}

    async def bins(self, windows: Sequence[Window]) -> dict[Key, dict[int, int]]:
        """The sketch of each slice of the windows."""
        rows = await self._session.execute(_BINS, _bound(windows))
        return {_key(row): dict(zip(row.bins, row.numbers, strict=True)) for row in rows}

    async def backlogs(self, windows: Sequence[Window]) -> dict[Key, int]:
        """The backlog at the end of each window, for every slice that ever had one."""
        rows = await self._session.execute(_BACKLOG, _bound(windows))
        return {_key(row): row.counted for row in rows}

    async def mark_later(self, changed: dict[tuple[str, Grain], datetime]) -> None:
        """Mark the windows after a changed backlog as changed; its start by tenant and grain."""
        await self._session.execute(
            _MARK_LATER,
            {
                "of_tenant": [tenant for tenant, _ in changed],
                "of_grain": [grain for _, grain in changed],
                "of_start": list(changed.values()),
            },
        )


def _bound(windows: Collection[Window]) -> dict[str, list[Any]]:
    names = ["of_" + name for name in _WINDOW]
    return dict(zip(names, map(list, zip(*windows, strict=True)), strict=True))


def _key(row: Any) -> Key:
    window = Window(row.tenant, row.metric, row.grain, row.start)
    return Key(window, Slice(_DIMENSION[row.summed], row.value))
