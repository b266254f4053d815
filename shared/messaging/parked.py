"""What an operator can do with parked records: list, show, retry, drop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from shared.contracts import catalog
from shared.messaging import hold, inbox, tables
from shared.messaging.consumer import Consumer
from shared.messaging.decode import Decoded, Record, decode
from shared.messaging.errors import is_transient
from shared.messaging.events import Received
from shared.messaging.ids import milliseconds
from shared.messaging.park import unpack_headers
from shared.messaging.unit import UnitOfWork
from shared.storage.sessions import ReadSession, Session

_parked = tables.parked
_SUMMARY = [c for c in _parked.c if c.name not in ("value", "headers")]
UNKNOWN_TYPE = "unknown-type"


class UnknownParked(LookupError):
    """No open parked record has this id."""


class StillBroken(Exception):
    """The record cannot be read or applied any better than before; it stays parked."""


@dataclass(frozen=True, slots=True)
class Retried:
    """What a retry did: how many records of the key were applied, in offset order."""

    applied: int


async def list_parked(
    session: ReadSession,
    *,
    tenant: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Open parked records by id, without their bytes; `after` is the last id of the page before."""
    query = select(*_SUMMARY).where(_parked.c.state == "parked")
    if tenant is not None:
        query = query.where(_parked.c.tenant == tenant)
    if after is not None:
        query = query.where(_parked.c.id > after)
    rows = await session.execute(query.order_by(_parked.c.id).limit(limit))
    return [dict(row._mapping) for row in rows]


async def show_parked(
    session: ReadSession, parked_id: UUID, *, tenant: str | None = None
) -> dict[str, Any]:
    """One parked record, settled or not, with its bytes. Raises UnknownParked."""
    query = select(_parked).where(_parked.c.id == parked_id)
    if tenant is not None:
        query = query.where(_parked.c.tenant == tenant)
    row = (await session.execute(query)).first()
    if row is None:
        raise UnknownParked(str(parked_id))
    return dict(row._mapping)


async def drop_parked(unit: UnitOfWork, consumers: Sequence[Consumer], parked_id: UUID) -> None:
    """Settles one record without applying it; if its key was held, the rest of the key is applied.

    Raises UnknownParked, and StillBroken when a later record of the key fails in its turn.
    """
    await _settle(unit, consumers, parked_id, apply_it=False)


async def retry_parked(unit: UnitOfWork, consumers: Sequence[Consumer], parked_id: UUID) -> Retried:
    """Applies one parked record now, through its own consumer, in one transaction.

    Of an ordered consumer all held records of the key are applied, in offset order. Raises
    UnknownParked, or StillBroken when it still cannot be read or its use case raises again.
    """
    return await _settle(unit, consumers, parked_id, apply_it=True)


async def retry_unknown_types(unit: UnitOfWork, consumers: Sequence[Consumer]) -> int:
    """Applies records parked as `unknown-type` whose type this version knows; returns how many."""
    query = (
        select(_parked.c.id)
        .where(_parked.c.state == "parked", _parked.c.reason == UNKNOWN_TYPE)
        .where(_parked.c.event_type.in_(sorted(catalog.TYPES)))
        .order_by(_parked.c.topic, _parked.c.partition, _parked.c.epoch, _parked.c.offset)
    )
    async with unit.database.reading() as session:
        ids = list((await session.execute(query)).scalars())
    applied = 0
    for parked_id in ids:
        try:
            applied += (await retry_parked(unit, consumers, parked_id)).applied
        except (StillBroken, UnknownParked):
            continue
    return applied


async def _settle(
    unit: UnitOfWork, consumers: Sequence[Consumer], parked_id: UUID, *, apply_it: bool
) -> Retried:
    by_name = {consumer.name: consumer for consumer in consumers}
    async with unit.database.reading() as session:
        row = await show_parked(session, parked_id)
    consumer = by_name.get(row["consumer"])
    if consumer is None:
        raise UnknownParked(f"{parked_id}: consumer {row['consumer']} is not of this service")
    prepared = await _prepared(consumer, await _due(unit, consumer, row, apply_it=apply_it))
    async with unit.begin() as (session, outbox, now):
        rows = await _lock(session, consumer, row)
        await _mark(session, parked_id, "retried" if apply_it else "dropped", now)
        left = [r for r in rows if r["id"] != parked_id or apply_it]
        if any(r["id"] not in prepared for r in left):
            raise StillBroken("another record of the key was held meanwhile: try again")
        received = await _unapplied(session, consumer, [(r, prepared[r["id"]]) for r in left])
        try:
            if received:
                await consumer.handle(session, outbox, received, now)
        except Exception as error:
            if is_transient(error):
                raise
            raise StillBroken(f"{type(error).__name__} again") from error
        if outbox.refused:
            raise StillBroken("; ".join(detail for _, detail in outbox.refused.values()))
        for other in left:
            await _mark(session, other["id"], "retried", now)
        if consumer.ordered and row["key"]:
            await hold.release(session, consumer.name, row["key"])
    return Retried(len(received))


async def _due(
    unit: UnitOfWork, consumer: Consumer, row: Mapping[str, Any], *, apply_it: bool
) -> dict[UUID, Decoded]:
    """The records to apply, decoded, by parked id: the one alone, or all of a held key."""
    async with unit.database.reading() as session:
        rows = await _of_key(session, consumer, row)
    wanted = [r for r in rows if r["id"] != row["id"] or apply_it]
    due = decode(consumer, [_record(r) for r in wanted])
    for item in due:
        if item.reason:
            raise StillBroken(f"{item.reason}: {item.detail}")
    return {r["id"]: item for r, item in zip(wanted, due, strict=True)}


async def _prepared(consumer: Consumer, due: dict[UUID, Decoded]) -> dict[UUID, Decoded]:
    events = [item.received for item in due.values() if item.received]
    if consumer.prepare is None or not events:
        return due
    try:
        made = {received.uid: received for received in await consumer.prepare(events)}
    except Exception as error:
        if is_transient(error):
            raise
        raise StillBroken(f"{type(error).__name__} again") from error
    return {
        parked_id: replace(item, received=made[item.received.uid]) if item.received else item
        for parked_id, item in due.items()
    }


async def _unapplied(
    session: Session, consumer: Consumer, due: Sequence[tuple[Mapping[str, Any], Decoded]]
) -> list[Received[Any]]:
    """The events to apply. What could not be read when it was parked was not claimed then.

    So a copy of it may have been applied since, or be parked too: whoever claims first applies.
    """
    claims = {item.claim for row, item in due if item.claim and not row["claimed"]}
    fresh = await inbox.claim(session, consumer.name, claims)
    received = []
    for row, item in due:
        if item.received is None or item.claim is None:
            continue
        if row["claimed"] or consumer.compacted or item.claim in fresh:
            fresh.discard(item.claim)
            received.append(item.received)
    return received


async def _lock(
    session: Session, consumer: Consumer, row: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    if consumer.ordered and row["key"]:
        await hold.lock(session, consumer.name, row["key"])
    still = await session.scalar(
        select(_parked.c.id)
        .where(_parked.c.id == row["id"], _parked.c.state == "parked")
        .with_for_update()
    )
    if still is None:
        raise UnknownParked(f"{row['id']} is settled already")
    return await _of_key(session, consumer, row)


async def _of_key(
    session: ReadSession, consumer: Consumer, row: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    """The open parked records that go together: all of a held key, else the one."""
    query = select(_parked).where(_parked.c.consumer == consumer.name, _parked.c.state == "parked")
    if consumer.ordered and row["key"]:
        query = query.where(_parked.c.key == row["key"])
    else:
        query = query.where(_parked.c.id == row["id"])
    found = await session.execute(
        query.order_by(_parked.c.topic, _parked.c.partition, _parked.c.epoch, _parked.c.offset)
    )
    return [dict(found_row._mapping) for found_row in found]


def _record(row: Mapping[str, Any]) -> Record:
    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        timestamp=milliseconds(row["record_at"]),
        key=row["key"],
        value=row["value"],
        headers=unpack_headers(row["headers"]),
    )


async def _mark(session: Session, parked_id: UUID, state: str, now: datetime) -> None:
    await session.execute(
        update(_parked)
        .where(_parked.c.id == parked_id)
        .values(state=state, settled_at=now, attempts=_parked.c.attempts + 1)
    )
