"""The report's tables: decided promises by day, counted as they are decided."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.sla.domain.compliance import (
    ClockId,
    ClosedClock,
    Counts,
    Days,
    by_month,
)
from services.sla.repository.rows import lists
from services.sla.tables import compliance, counted_clock, missed_time
from shared.storage import ReadSession, Session, unnest

_KEY = ("tenant", "ticket_id", "kind", "generation")
_ids = unnest("given", tenant=Text, ticket_id=Uuid, kind=Text, generation=BigInteger)


def _same(given: Any) -> ColumnElement[bool]:
    return and_(*(counted_clock.c[name] == given.c[name] for name in _KEY))


_COUNTED = select(counted_clock).join_from(_ids, counted_clock, _same(_ids))
_FORGET = delete(counted_clock).where(_same(_ids))
_entries = unnest(
    "given", tenant=Text, ticket_id=Uuid, kind=Text, generation=BigInteger, entry=JSONB
)
_put = insert(counted_clock).from_select([*_KEY, "entry"], select(*_entries.c))
_REMEMBER = _put.on_conflict_do_update(index_elements=_KEY, set_={"entry": _put.excluded.entry})

_LINE = ("tenant", "dimension", "day", "value", "kind")
_counts = unnest(
    "given", tenant=Text, dimension=Text, day=Date, value=Text, kind=Text, met=Integer,
    breached=Integer,
)  # fmt: skip
_more = insert(compliance).from_select(_counts.c.keys(), select(*_counts.c))
_ADD_COUNTS = _more.on_conflict_do_update(
    index_elements=_LINE,
    set_={name: compliance.c[name] + _more.excluded[name] for name in ("met", "breached")},
)
_places = unnest(
    "given", tenant=Text, dimension=Text, day=Date, value=Text, kind=Text, place=Text,
    seconds=BigInteger, clocks=Integer,
)  # fmt: skip
_longer = insert(missed_time).from_select(_places.c.keys(), select(*_places.c))
_ADD_PLACES = _longer.on_conflict_do_update(
    index_elements=[*_LINE, "place"],
    set_={name: missed_time.c[name] + _longer.excluded[name] for name in ("seconds", "clocks")},
)


def _days(table: Any, dimension: str, stretch: str) -> ColumnElement[bool]:
    """A range of the primary key; its bounds are bound as `<stretch>_first`, `<stretch>_last`."""
    found: ColumnElement[bool] = (table.c.dimension == bindparam(dimension, type_=Text)) & (
        table.c.day.between(
            bindparam(f"{stretch}_first", type_=Date), bindparam(f"{stretch}_last", type_=Date)
        )
    )
    return found


def _in_range(table: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (table.c.tenant == bindparam("of_tenant", type_=Text)) & or_(
        _days(table, "of_months", "months"),
        _days(table, "of_days", "before"),
        _days(table, "of_days", "after"),
    )
    return found


def _grouped(column: str) -> tuple[Any, Any]:
    by, of = compliance.c[column], missed_time.c[column]
    met, breached = func.sum(compliance.c.met), func.sum(compliance.c.breached)
    seconds, clocks = func.sum(missed_time.c.seconds), func.sum(missed_time.c.clocks)
    lines = (
        select(by, met, breached).where(_in_range(compliance)).group_by(by)
        .having(met + breached > 0)
    )  # fmt: skip
    places = (
        select(of, missed_time.c.place, seconds, clocks).where(_in_range(missed_time))
        .group_by(of, missed_time.c.place).having((seconds > 0) | (clocks > 0))
    )  # fmt: skip
    return lines, places


_BY = {column: _grouped(column) for column in ("value", "kind", "day")}

LineRow = tuple[Any, int, int]
"""Value, met, breached."""
PlaceRow = tuple[Any, str, int, int]
"""Value, place, seconds, clocks whose main reason it is."""


class Reports:
    """What became of promises."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def counted(self, ids: Collection[ClockId]) -> dict[ClockId, ClosedClock]:
        """What clocks have been counted as; those that have not are absent."""
        rows = await self._session.execute(_COUNTED, lists(_KEY, ids_in_order(ids)))
        return {
            (row.tenant, row.ticket_id, row.kind, row.generation): ClosedClock.read(row.entry)
            for row in rows
        }

    async def lines(
        self, tenant: str, dimension: str, column: str, days: Days
    ) -> tuple[Sequence[LineRow], Sequence[PlaceRow]]:
        """Counts of a dimension in stretches of days, by `value`, `kind` or `day`."""
        asked = {
            "of_tenant": tenant, "of_days": dimension, "of_months": by_month(dimension),
            "months_first": days.months[0], "months_last": days.months[1],
            "before_first": days.before[0], "before_last": days.before[1],
            "after_first": days.after[0], "after_last": days.after[1],
        }  # fmt: skip
        counts, places = _BY[column]
        lines = [(*row,) for row in await self._session.execute(counts, asked)]
        return lines, [(*row,) for row in await self._session.execute(places, asked)]


def ids_in_order(ids: Iterable[ClockId]) -> list[ClockId]:
    """Clocks in the order in which their rows are touched."""
    return sorted(ids)


async def add_counts(
    session: Session, counts: Counts, after: Mapping[ClockId, ClosedClock | None]
) -> None:
    """Adds to the report, and remembers what clocks are counted as now."""
    kept = {id: closed for id, closed in after.items() if closed is not None}
    gone = ids_in_order(after.keys() - kept.keys())
    if gone:
        await session.execute(_FORGET, lists(_KEY, gone))
    if kept:
        rows = [(*id, kept[id].written()) for id in ids_in_order(kept)]
        await session.execute(_REMEMBER, lists([*_KEY, "entry"], rows))
    # Last, since rows of today are everybody's: they are held until the end of the transaction.
    if rows := counts.count_rows():
        await session.execute(_ADD_COUNTS, lists(_counts.c.keys(), rows))
    if rows := counts.place_rows():
        await session.execute(_ADD_PLACES, lists(_places.c.keys(), rows))
