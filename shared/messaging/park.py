"""Records that cannot be applied: kept with their bytes, announced without them."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

from aiokafka import TopicPartition
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.catalog import dlq_of
from shared.contracts.dlq import RecordParked
from shared.messaging import tables
from shared.messaging.decode import Decoded
from shared.messaging.events import Cause
from shared.messaging.ids import instant, timer_id
from shared.messaging.metric_names import PARKED
from shared.messaging.outbox import Outbox
from shared.storage.sessions import Session

NOBODY = "unknown"
"""The tenant of a parked record that does not say whose it is."""

_INSERT = (
    insert(tables.parked)
    .on_conflict_do_nothing(index_elements=["consumer", "topic", "partition", "epoch", "offset"])
    .returning(tables.parked.c.id)
)


async def park(
    session: Session,
    outbox: Outbox,
    consumer: str,
    broken: Sequence[Decoded],
    epochs: Mapping[TopicPartition, int],
) -> None:
    """Keeps `broken` records with reason and bytes; announces each once on the service's DLQ."""
    if not broken:
        return
    rows = {_id(consumer, item, epochs): _row(consumer, item, epochs) for item in broken}
    values = [row | {"id": uid} for uid, row in rows.items()]
    kept = set((await session.execute(_INSERT.values(values))).scalars())
    for item in broken:
        uid = _id(consumer, item, epochs)
        if uid in kept:
            kept.discard(uid)
            _announce(outbox, consumer, item, uid, epochs[item.partition])
            PARKED.labels(consumer, item.reason or "").inc()


def _id(consumer: str, item: Decoded, epochs: Mapping[TopicPartition, int]) -> UUID:
    """The same for the same record of the same log, so that parking it again is the same row."""
    record, epoch = item.record, epochs[item.partition]
    at = instant(record.timestamp)
    return timer_id(at, "parked", consumer, record.topic, record.partition, epoch, record.offset)


def _row(consumer: str, item: Decoded, epochs: Mapping[TopicPartition, int]) -> dict[str, object]:
    record = item.record
    event = item.received.event if item.received else None
    return {
        "consumer": consumer,
        "topic": record.topic,
        "partition": record.partition,
        "epoch": epochs[item.partition],
        "offset": record.offset,
        "tenant": event.tenant if event else item.tenant,
        "event_id": event.id if event else item.event_id,
        "event_type": event.type if event else item.event_type,
        "key": record.key,
        "headers": pack_headers(record.headers),
        "value": record.value,
        "record_at": instant(record.timestamp),
        "reason": item.reason,
        "detail": item.detail,
        "claimed": item.claim is not None,
    }


def pack_headers(headers: Sequence[tuple[str, bytes | None]]) -> list[list[str | None]]:
    """Headers as JSON can hold them whatever their bytes: [name, base64 of the value or null]."""
    return [
        [name.replace("\0", ""), None if value is None else base64.b64encode(value).decode()]
        for name, value in headers
    ]


def unpack_headers(packed: Sequence[Sequence[str | None]]) -> list[tuple[str, bytes | None]]:
    """What pack_headers was given."""
    return [
        (str(name), None if value is None else base64.b64decode(value)) for name, value in packed
    ]


def _announce(outbox: Outbox, consumer: str, item: Decoded, uid: UUID, epoch: int) -> None:
    record, received = item.record, item.received
    value = record.value or b""
    event = received.event if received else None
    outbox.add(
        RecordParked(
            parked_id=uid,
            service=consumer.split(".")[1],
            consumer=consumer,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            epoch=epoch,
            reason=item.reason or "failed",
            detail=item.detail[:1000],
            event_id=event.id if event else item.event_id,
            event_type=event.type if event else item.event_type,
            event_source=event.source if event else None,
            size=len(value),
            sha256=hashlib.sha256(value).hexdigest(),
            at=outbox.now,
        ),
        tenant=event.tenant if event else item.tenant or NOBODY,
        key=_short_key(record.key),
        subject=str(uid),
        cause=received.cause if received else Cause(uid),
        topic=dlq_of(consumer.split(".")[1]).name,
    )


def _short_key(key: bytes | None) -> str:
    """The original key, or its hash where it is too long or no text: bytes never travel on."""
    if not key:
        return "none"
    text = key.decode("utf-8", "replace").replace("\0", "")
    return text if 0 < len(text) <= 200 else hashlib.sha256(key).hexdigest()
