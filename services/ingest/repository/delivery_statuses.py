"""What providers say of deliveries, in PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Row, SmallInteger, Text, Uuid, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.deliveries import Delivery
from services.ingest.tables import delivery as deliveries
from services.ingest.tables import delivery_status as statuses
from shared.storage import ReadSession, Session, unnest

_at = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class ToldStatus:
    """A status as it waits for its delivery. name: equal for retries of it."""

    tenant: str
    account: str
    name: UUID
    kind: str
    provider_id: str | None
    recipient: str | None
    at: datetime
    reason: str | None
    due_at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """What a status says of a delivery that it was found to be about."""

    delivery: Delivery
    kind: str
    at: datetime
    reason: str | None


_FIELDS = list(ToldStatus.__dataclass_fields__)
_OF_DELIVERY = list(Delivery.__dataclass_fields__)
_DELIVERY = [deliveries.c[name] for name in _OF_DELIVERY]
_given = unnest(
    "given", tenant=Text, account=Text, name=Uuid, kind=Text, provider_id=Text, recipient=Text,
    at=_at, reason=Text, due_at=_at, tries=SmallInteger,
)  # fmt: skip
_INSERT = (
    insert(statuses)
    .from_select(_FIELDS, select(*[_given.c[name] for name in _FIELDS]))
    .on_conflict_do_nothing()
)
_names = unnest("names", owner=Text, way=Text, called=Uuid, due=_at)
_named = (
    (statuses.c.tenant == _names.c.owner)
    & (statuses.c.account == _names.c.way)
    & (statuses.c.name == _names.c.called)
)
_DELETE = delete(statuses).where(_named)
_PUT_OFF = update(statuses).where(_named).values(due_at=_names.c.due, tries=statuses.c.tries + 1)
_ids = unnest("ids", place=SmallInteger, owner=Text, account=Text, provider_id=Text)
_BY_ID = select(_ids.c.place, *_DELIVERY).join_from(
    _ids,
    deliveries,
    (deliveries.c.tenant == _ids.c.owner)
    & (deliveries.c.account == _ids.c.account)
    & (deliveries.c.provider_id == _ids.c.provider_id),
)
_marks = unnest("marks", place=SmallInteger, owner=Text, account=Text, recipient=Text, until=_at)
_BY_MARK = select(_marks.c.place, *_DELIVERY).join_from(
    _marks,
    deliveries,
    (deliveries.c.tenant == _marks.c.owner)
    & (deliveries.c.account == _marks.c.account)
    & (func.lower(deliveries.c.recipient) == func.lower(_marks.c.recipient))
    & (deliveries.c.state == "sent")
    & deliveries.c.read_at.is_(None)
    & (deliveries.c.settled_at <= _marks.c.until),
)
_told = unnest("told", owner=Text, request=Uuid, said=Text, moment=_at, why=Text)
_this = (deliveries.c.tenant == _told.c.owner) & (deliveries.c.request_id == _told.c.request)
_ADVANCE = {
    "delivered": update(deliveries)
    .where(_this, deliveries.c.delivered_at.is_(None), deliveries.c.state == "sent")
    .values(delivered_at=_told.c.moment)
    .returning(deliveries.c.request_id),
    "read": update(deliveries)
    .where(_this, deliveries.c.read_at.is_(None), deliveries.c.state == "sent")
    .values(read_at=_told.c.moment)
    .returning(deliveries.c.request_id),
    "failed": update(deliveries)
    .where(_this, deliveries.c.state == "sent", deliveries.c.read_at.is_(None))
    .values(state="failed", reason=_told.c.why)
    .returning(deliveries.c.request_id),
}


async def database_time(session: ReadSession) -> datetime:
    """Now, by the clock that all of ingest goes by (UTC)."""
    now: datetime = (await session.execute(select(func.now()))).scalar_one()
    return now


async def insert_statuses(session: Session, told: Sequence[ToldStatus]) -> None:
    """Stores statuses to be applied; one that waits already stays as it is."""
    if told:
        ordered = sorted(set(told), key=lambda one: (one.tenant, one.account, one.name))
        await session.execute(_INSERT, {n: [getattr(one, n) for one in ordered] for n in _FIELDS})


async def claim_statuses(session: Session, now: datetime, limit: int) -> list[ToldStatus]:
    """Up to `limit` due statuses, locked until the transaction ends, the oldest first."""
    columns = [statuses.c[name] for name in _FIELDS]
    query = select(*columns).where(statuses.c.due_at <= now).order_by(statuses.c.due_at)
    rows = await session.execute(query.limit(limit).with_for_update(skip_locked=True))
    return [ToldStatus(*row) for row in rows]


async def next_status_due(session: ReadSession) -> datetime | None:
    """When the next status is to be looked at."""
    due: datetime | None = (await session.execute(select(func.min(statuses.c.due_at)))).scalar()
    return due


async def deliveries_meant(
    session: ReadSession, told: Sequence[ToldStatus]
) -> list[list[Delivery]]:
    """For each status the deliveries that it is about: by the provider's id, or by watermark."""
    found: list[list[Delivery]] = [[] for _ in told]
    by_id = [(n, s.tenant, s.account, s.provider_id) for n, s in enumerate(told) if s.provider_id]
    by_mark = [
        (n, s.tenant, s.account, s.recipient, s.at)
        for n, s in enumerate(told)
        if not s.provider_id and s.recipient
    ]
    rows: list[Row[Any]] = []
    if by_id:
        given = _columns(("place", "owner", "account", "provider_id"), by_id)
        rows += (await session.execute(_BY_ID, given)).all()
    if by_mark:
        given = _columns(("place", "owner", "account", "recipient", "until"), by_mark)
        rows += (await session.execute(_BY_MARK, given)).all()
    for row in rows:
        found[row.place].append(Delivery(**dict(zip(_OF_DELIVERY, row[1:], strict=True))))
    return found


async def advance(session: Session, kind: str, progress: Sequence[Progress]) -> set[UUID]:
    """Notes on deliveries that they were delivered, read or failed; returns those that were not."""
    if kind not in _ADVANCE or not progress:
        return set()
    first = {(one.delivery.tenant, one.delivery.request_id): one for one in reversed(progress)}
    rows = [
        (*key, one.kind, one.at, one.reason)
        for key, one in sorted(first.items(), key=lambda item: item[0])
    ]
    given = _columns(("owner", "request", "said", "moment", "why"), rows)
    return set((await session.execute(_ADVANCE[kind], given)).scalars())


async def delete_statuses(session: Session, told: Collection[ToldStatus]) -> None:
    """Forgets statuses that were applied, or that nobody will ever be able to apply."""
    if told:
        rows = [(one.tenant, one.account, one.name, one.due_at) for one in told]
        await session.execute(_DELETE, _columns(("owner", "way", "called", "due"), rows))


async def put_off_statuses(session: Session, told: Sequence[tuple[ToldStatus, datetime]]) -> None:
    """Has statuses looked at again later, each at its own time."""
    if told:
        rows = [(one.tenant, one.account, one.name, due) for one, due in told]
        await session.execute(_PUT_OFF, _columns(("owner", "way", "called", "due"), rows))


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
