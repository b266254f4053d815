"""What the API reads: figures of any combination of channel, team and priority, and the stream."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, or_, select

from services.metrics.domain.counting import BACKLOG, Metric
from services.metrics.domain.figures import Dimension, Figure, Key
from services.metrics.domain.windows import Grain, after
from services.metrics.repository.announcements import figure_of, key_of
from services.metrics.tables import bin_, cell, published, turn
from shared.storage import ReadSession


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figures are wanted: windows that begin in [since, until), within `limits`."""

    tenant: str
    metric: Metric
    grain: Grain
    since: datetime
    until: datetime
    limits: Mapping[Dimension, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Announced:
    """One figure as it was announced. position: rises with every announcement."""

    position: int
    key: Key
    figure: Figure
    updated_at: datetime


class Kpis:
    """Reads counts, sketches and announcements."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def now(self) -> datetime:
        """The database's time (UTC)."""
        return (await self._session.execute(select(func.now()))).scalar_one()

    async def counts(self, asked: Asked) -> dict[datetime, tuple[int, int]]:
        """Count and sum of milliseconds of each window that has any."""
        rows = await self._session.execute(
            select(cell.c.start, _sum(cell.c.counted), _sum(cell.c.milliseconds))
            .where(*_where(cell.c, asked))
            .group_by(cell.c.start)
        )
        return {start: (count, milliseconds) for start, count, milliseconds in rows}

    async def bins(self, asked: Asked) -> dict[datetime, dict[int, int]]:
        """The sketch of each window that has any."""
        rows = await self._session.execute(
            select(bin_.c.start, bin_.c.bin, _sum(bin_.c.counted))
            .where(*_where(bin_.c, asked))
            .group_by(bin_.c.start, bin_.c.bin)
        )
        sketches: dict[datetime, dict[int, int]] = defaultdict(dict)
        for start, one, count in rows:
            sketches[start][one] = count
        return sketches

    async def backlog_before(self, asked: Asked) -> int:
        """The backlog at the instant `asked.since`: all there is, without what came later."""
        ever = await self._session.scalar(
            select(_sum(cell.c.counted)).where(*_of_tenant(asked), cell.c.grain == "ever")
        )
        later = await self._session.scalar(
            select(_sum(cell.c.counted)).where(*_of_tenant(asked), or_(*_from(asked.since)))
        )
        return (ever or 0) - (later or 0)

    async def announced(
        self, after_position: int, limit: int, tenant: str | None = None
    ) -> Sequence[Announced]:
        """Up to `limit` figures announced after a position, in order; of one tenant, or of all."""
        query = select(published).where(published.c.position > after_position)
        if tenant is not None:
            query = query.where(published.c.tenant == tenant)
        rows = await self._session.execute(query.order_by(published.c.position).limit(limit))
        return [
            Announced(row.position, key_of(row), figure_of(row), row.updated_at) for row in rows
        ]

    async def last_position(self) -> int:
        """The position of the latest announcement."""
        query = select(turn.c.position).where(turn.c.name == "announce")
        position: int = (await self._session.execute(query)).scalar_one()
        return position


def _sum(column: Any) -> Any:
    return func.sum(column).cast(BigInteger)


def _where(columns: Any, asked: Asked) -> list[ColumnElement[bool]]:
    return [
        columns.tenant == asked.tenant,
        columns.metric == asked.metric,
        columns.grain == asked.grain,
        columns.start >= asked.since,
        columns.start < asked.until,
        *[columns[dimension] == value for dimension, value in asked.limits.items()],
    ]


def _of_tenant(asked: Asked) -> list[ColumnElement[bool]]:
    limits = [cell.c[dimension] == value for dimension, value in asked.limits.items()]
    return [cell.c.tenant == asked.tenant, cell.c.metric == BACKLOG, *limits]


def _from(at: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for grain, (first, end) in after(at).items():
        condition = (cell.c.grain == grain) & (cell.c.start >= first)
        conditions.append(condition if end is None else condition & (cell.c.start < end))
    return conditions
