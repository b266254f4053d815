"""Counts by window and place: changes are added to them, never read back first."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, SmallInteger, Table, Text, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.metrics.domain.counting import Cell, Changes
from services.metrics.domain.windows import Grain
from services.metrics.tables import bin_, cell, published
from shared.storage import Session, unnest

_ADDRESS = ["tenant", "metric", "grain", "start", "channel", "team", "priority"]
_address: dict[str, Any] = {name: Text for name in _ADDRESS} | {"start": DateTime(timezone=True)}

_cells = unnest("given", **_address, counted=BigInteger, milliseconds=BigInteger, traceparent=Text)
_insert_cells = insert(cell)
_ADD_CELLS = _insert_cells.from_select(
    [*_ADDRESS, "counted", "milliseconds", "traceparent", "dirty"],
    select(_cells, (_cells.c.grain != "ever").label("dirty")).order_by(
        *[_cells.c[name] for name in _ADDRESS]
    ),
).on_conflict_do_update(
    index_elements=_ADDRESS,
    set_={
        "counted": cell.c.counted + _insert_cells.excluded.counted,
        "milliseconds": cell.c.milliseconds + _insert_cells.excluded.milliseconds,
        "traceparent": func.coalesce(_insert_cells.excluded.traceparent, cell.c.traceparent),
        "dirty": _insert_cells.excluded.dirty,
    },
)

_bins = unnest("given", **_address, bin=SmallInteger, counted=BigInteger)
_insert_bins = insert(bin_)
_ADD_BINS = _insert_bins.from_select(
    [*_ADDRESS, "bin", "counted"],
    select(_bins).order_by(*[_bins.c[name] for name in [*_ADDRESS, "bin"]]),
).on_conflict_do_update(
    index_elements=[*_ADDRESS, "bin"],
    set_={"counted": bin_.c.counted + _insert_bins.excluded.counted},
)


class Cells:
    """The counts, in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, changes: Changes) -> None:
        """Add changes to cells and bins, in order of keys; the cells then count as changed."""
        if changes.cells:
            values = changes.cells.values()
            given = _addresses(changes.cells) | {
                "counted": [count for count, _ in values],
                "milliseconds": [milliseconds for _, milliseconds in values],
                "traceparent": [changes.traces.get(one) for one in changes.cells],
            }
            await self._session.execute(_ADD_CELLS, given)
        if changes.bins:
            given = _addresses(one for one, _ in changes.bins) | {
                "bin": [bin_ for _, bin_ in changes.bins],
                "counted": list(changes.bins.values()),
            }
            await self._session.execute(_ADD_BINS, given)

    async def forget(self, grain: Grain, before: datetime, limit: int) -> int:
        """Delete up to `limit` rows of windows of a grain that began before; returns how many."""
        deleted = 0
        for table in (cell, bin_, published):
            deleted += await self._delete(table, grain, before, limit - deleted)
        return deleted

    async def _delete(self, table: Table, grain: Grain, before: datetime, limit: int) -> int:
        columns = list(table.primary_key.columns)
        old = select(*columns).where(table.c.grain == grain, table.c.start < before).limit(limit)
        return (
            await self._session.execute(delete(table).where(tuple_(*columns).in_(old)))
        ).rowcount


def _addresses(cells: Iterable[Cell]) -> dict[str, list[Any]]:
    rows = [(one.tenant, one.metric, one.grain, one.start, *one.place) for one in cells]
    return dict(zip(_ADDRESS, map(list, zip(*rows, strict=True)), strict=True))
