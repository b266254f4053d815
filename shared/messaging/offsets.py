"""How far a consumer has come, kept in its own database beside the effects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition
from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    Text,
    bindparam,
    case,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from shared.messaging import tables
from shared.storage.batches import unnest
from shared.storage.sessions import ReadSession, Session

FROM_LOG_START = -1
"""Stored as next_offset by an operator who accepts that the log's start was passed."""

BELOW_LOG_START = "below-log-start"

_row = tables.consumer_offset
_stop = tables.stopped_partition


@dataclass(frozen=True, slots=True)
class Position:
    """Where a consumer goes on in one partition; epoch counts how often its log was replaced."""

    epoch: int
    next_offset: int
    record_hash: bytes | None


_given = unnest(
    "given", topic=Text, partition=Integer, epoch=Integer, next_offset=BigInteger,
    record_hash=LargeBinary,
)  # fmt: skip
_insert = insert(_row)
_further = _insert.excluded.next_offset > _row.c.next_offset
_ADVANCE = _insert.from_select(
    ["consumer", "topic", "partition", "epoch", "next_offset", "record_hash"],
    select(bindparam("consumer", type_=Text), _given).order_by(_given.c.topic, _given.c.partition),
).on_conflict_do_update(
    index_elements=["consumer", "topic", "partition"],
    # A transaction of an older epoch leaves the row alone: its log is gone.
    where=_row.c.epoch == _insert.excluded.epoch,
    set_={
        "next_offset": func.greatest(_row.c.next_offset, _insert.excluded.next_offset),
        "record_hash": case((_further, _insert.excluded.record_hash), else_=_row.c.record_hash),
        "moved_at": func.now(),
    },
)


async def advance(
    session: Session, consumer: str, positions: Mapping[TopicPartition, Position]
) -> None:
    """Moves the stored offsets forward, never back, within their epoch. One statement."""
    await session.execute(
        _ADVANCE,
        {
            "consumer": consumer,
            "topic": [partition.topic for partition in positions],
            "partition": [partition.partition for partition in positions],
            "epoch": [position.epoch for position in positions.values()],
            "next_offset": [position.next_offset for position in positions.values()],
            "record_hash": [position.record_hash for position in positions.values()],
        },
    )


async def stored(
    session: ReadSession, consumer: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, Position]:
    """The stored positions of those partitions that have one."""
    rows = await session.execute(
        select(_row.c.topic, _row.c.partition, _row.c.epoch, _row.c.next_offset, _row.c.record_hash)
        .where(_row.c.consumer == consumer)
        .where(tuple_(_row.c.topic, _row.c.partition).in_([tuple(p) for p in partitions]))
    )
    return {TopicPartition(t, p): Position(e, n, h) for t, p, e, n, h in rows}


async def begin_epoch(
    session: Session, consumer: str, partition: TopicPartition, old: Position
) -> None:
    """The log was replaced: the next epoch begins at its start, if nobody else began it already."""
    await session.execute(
        update(_row)
        .where(_row.c.consumer == consumer, _row.c.topic == partition.topic)
        .where(_row.c.partition == partition.partition, _row.c.epoch == old.epoch)
        .values(
            epoch=old.epoch + 1, next_offset=FROM_LOG_START, record_hash=None, moved_at=func.now()
        )
    )


async def stop(session: Session, consumer: str, partition: TopicPartition, reason: str) -> None:
    """Stores that `partition` is stopped for `consumer` until an operator resumes it."""
    await session.execute(
        insert(_stop)
        .values(consumer=consumer, topic=partition.topic, partition=partition.partition,
                reason=reason)
        .on_conflict_do_nothing()
    )  # fmt: skip


async def stops(session: ReadSession, consumer: str | None = None) -> list[dict[str, object]]:
    """The stopped partitions: consumer, topic, partition, reason, stopped_at (UTC)."""
    query = select(_stop).order_by(_stop.c.consumer, _stop.c.topic, _stop.c.partition)
    if consumer is not None:
        query = query.where(_stop.c.consumer == consumer)
    return [dict(row._mapping) for row in await session.execute(query)]


async def resume(session: Session, consumer: str, topic: str, partition: int) -> bool:
    """Lifts a stop; the consumer notices within a second. False when there was none.

    A stop below the log's start means records that are gone for ever: resuming accepts the loss
    and goes on at the log's start.
    """
    where = (_stop.c.consumer == consumer, _stop.c.topic == topic, _stop.c.partition == partition)
    reason = await session.scalar(delete(_stop).where(*where).returning(_stop.c.reason))
    if reason is not None and reason.startswith(BELOW_LOG_START):
        await session.execute(
            update(_row)
            .where(_row.c.consumer == consumer, _row.c.topic == topic)
            .where(_row.c.partition == partition)
            .values(next_offset=FROM_LOG_START, record_hash=None)
        )
    return reason is not None
