"""Figures as they were last announced, and whose turn it is to announce."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, DateTime, Double, Text, bindparam, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from services.metrics.domain.figures import Figure, Key, Published, Slice, Window
from services.metrics.tables import cell, published, turn
from shared.storage import ReadSession, Session, unnest

_KEY = ["tenant", "metric", "grain", "start", "dimension", "value"]
_FIGURE = ["counted", "sum", "mean", "p50", "p90", "p99"]
_at = DateTime(timezone=True)
_key_types: dict[str, Any] = {name: Text for name in _KEY} | {"start": _at}
_figure_types: dict[str, Any] = {name: Double for name in _FIGURE} | {"counted": BigInteger}

_asked = unnest("asked", tenant=Text, metric=Text, grain=Text, start=_at)
_of_window = tuple_(*[published.c[name] for name in _KEY[:4]]) == tuple_(
    *[_asked.c[name] for name in _KEY[:4]]
)
_LAST = select(published).join_from(_asked, published, _of_window)

_given = unnest("given", **_key_types, version=BigInteger, **_figure_types, position=BigInteger)
_insert = insert(published)
_PUBLISH = _insert.from_select(
    [*_KEY, "version", *_FIGURE, "position", "updated_at"],
    select(_given, bindparam("now", type_=_at)),
).on_conflict_do_update(
    index_elements=_KEY,
    set_={
        name: _insert.excluded[name]
        for name in ["version", *_FIGURE, "position", "updated_at"]
    },
)  # fmt: skip

# An UPDATE takes parameters named like its columns for values to set: hence other names.
_READ = ["of_" + name for name in _KEY]
_read = unnest(
    "read", **{"of_" + name: kind for name, kind in _key_types.items()}, sequence=BigInteger
)
_of_read = tuple_(*[published.c[name] for name in _KEY]) == tuple_(
    *[_read.c[name] for name in _READ]
)
_READ_BACK = (
    select(published, _read.c.sequence)
    .join_from(_read, published, _of_read)
    .order_by(*[published.c[name] for name in _KEY])
    .with_for_update(of=published)
)
_NOTE_READ = (
    update(published)
    .values(read_sequence=_read.c.sequence)
    .where(_of_read, published.c.read_sequence < _read.c.sequence)
)


class Page(NamedTuple):
    """Some of the announced figures, and where the others begin; None when there are no more."""

    figures: list[tuple[Key, Published]]
    next: str | None


class Announcements:
    """The announced figures, in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def take_turn(self, name: str, now: datetime, pause: timedelta) -> int | None:
        """Lock a turn until the transaction ends, and return the last position it gave out.

        None when another process has it, or when it was taken less than `pause` ago.
        """
        position: int | None = await self._session.scalar(
            select(turn.c.position)
            .where(turn.c.name == name, turn.c.taken_at <= now - pause)
            .with_for_update(skip_locked=True)
        )
        return position

    async def end_turn(self, name: str, taken_at: datetime, position: int) -> None:
        """Note when the turn was taken, and the last position given out."""
        await self._session.execute(
            update(turn).where(turn.c.name == name).values(taken_at=taken_at, position=position)
        )

    async def last(self, windows: Sequence[Window]) -> dict[Key, Published]:
        """What was last announced about windows."""
        rows = await self._session.execute(_LAST, _columns(_KEY[:4], windows))
        return {key_of(row): Published(row.version, figure_of(row)) for row in rows}

    async def page(self, after: str | None, limit: int) -> Page:
        """All announced figures, `limit` at a time; `after`: `next` of the page before."""
        columns = [published.c[name] for name in _KEY]
        query = select(published).order_by(*columns).limit(limit)
        if after is not None:
            tenant, metric, grain, start, *limits = json.loads(after)
            place = (tenant, metric, grain, datetime.fromisoformat(start), *limits)
            query = query.where(tuple_(*columns) > place)
        rows = (await self._session.execute(query)).all()
        figures = [(key_of(row), Published(row.version, figure_of(row))) for row in rows]
        if len(rows) < limit:
            return Page(figures, None)
        return Page(figures, json.dumps(_flat(figures[-1][0]), default=datetime.isoformat))

    async def save(
        self, news: Sequence[tuple[Key, Published]], position: int, now: datetime
    ) -> None:
        """Store what is announced now, at the positions after `position`."""
        rows = [
            (*_flat(key), one.version, *_numbers(one.figure), position + place)
            for place, (key, one) in enumerate(news, start=1)
        ]
        names = [*_KEY, "version", *_FIGURE, "position"]
        await self._session.execute(_PUBLISH, _columns(names, rows) | {"now": now})

    async def read_back(self, read: Mapping[Key, int]) -> dict[Key, int]:
        """The highest sequence read before of figures that were read, by key; locks them."""
        names = [*_READ, "sequence"]
        bound = _columns(names, [(*_flat(key), sequence) for key, sequence in read.items()])
        rows = (await self._session.execute(_READ_BACK, bound)).all()
        await self._session.execute(_NOTE_READ, bound)
        return {key_of(row): row.read_sequence for row in rows}


async def next_announcement(session: ReadSession, pause: timedelta) -> datetime | None:
    """When the next turn to announce comes; None while nothing has changed."""
    changed = select(cell.c.tenant).where(cell.c.dirty).limit(1)
    if await session.scalar(changed) is None:
        return None
    taken_at = await session.scalar(select(turn.c.taken_at).where(turn.c.name == "announce"))
    return taken_at + pause if taken_at else None


def key_of(row: Any) -> Key:
    """The key of a row of `published`."""
    window = Window(row.tenant, row.metric, row.grain, row.start)
    return Key(window, Slice(row.dimension or None, row.value))


def figure_of(row: Any) -> Figure:
    """The figure of a row of `published`."""
    return Figure(row.counted, row.sum, row.mean, row.p50, row.p90, row.p99)


def _flat(key: Key) -> tuple[Any, ...]:
    return (*key.window, key.slice.dimension or "", key.slice.value)


def _numbers(figure: Figure) -> tuple[Any, ...]:
    return (figure.count, figure.sum, figure.mean, figure.p50, figure.p90, figure.p99)


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
