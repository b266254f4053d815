"""Kafka records to events, one by one: a broken record is set aside and harms no neighbour."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from aiokafka import TopicPartition

from shared.contracts.envelope import Event, InvalidEvent, Payload, from_record
from shared.messaging.consumer import Consumer
from shared.messaging.events import Received
from shared.messaging.ids import inbound_ids, instant, uuid_of

_INBOUND = "support.inbound."


@dataclass(frozen=True, slots=True)
class Record:
    """What the engine reads of a Kafka record; aiokafka's own records have these fields too.

    timestamp: milliseconds since 1970.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(slots=True)
class Decoded:
    """One record after decoding: an event that is used, one that is skipped, or a broken one."""

    record: Record
    partition: TopicPartition
    received: Received[Any] | None = None
    claim: UUID | None = None
    reason: str | None = None
    detail: str = ""
    event_id: str | None = None
    event_type: str | None = None
    tenant: str | None = None


def decode(consumer: Consumer, records: Iterable[Record]) -> list[Decoded]:
    """Decodes every record for `consumer`, in order; never raises, whatever the bytes are."""
    skipped = consumer.skipped
    return [
        Decoded(record, _partition(record.topic, record.partition))
        if _type_of(record) in skipped
        else _decode(record, _partition(record.topic, record.partition), consumer)
        for record in records
    ]


_partition = lru_cache(maxsize=4096)(TopicPartition)


def _decode(record: Record, partition: TopicPartition, consumer: Consumer) -> Decoded:
    at, only = instant(record.timestamp), consumer.only
    try:
        event = from_record(record.key, record.headers, record.value, wanted=consumer.wanted)
        if event.data is None or (only is not None and not only(event.data)):
            return Decoded(record, partition)
        uid, claim = _ids(record, event, at)
    except InvalidEvent as broken:
        return Decoded(
            record, partition, reason=broken.reason, detail=broken.detail, event_id=broken.id,
            event_type=broken.type, tenant=broken.tenant,
        )  # fmt: skip
    received = Received(uid, cast(Event[Payload], event), event.data, at)
    return Decoded(record, partition, received, claim)


def _type_of(record: Record) -> bytes | None:
    """The first type header: alone, it shows whether the event is none of this consumer's."""
    for name, value in record.headers:
        if name == "ce_type":
            return value
    return None


def _ids(record: Record, event: Event[Any], at: datetime) -> tuple[UUID, UUID]:
    if record.topic.startswith(_INBOUND):
        return inbound_ids(at, event.tenant, event.source, event.id)
    try:
        uid = uuid_of(event.id)
    except ValueError:
        raise InvalidEvent(
            "invalid-attribute", "id must be a UUID on every topic but support.inbound.*"
        ) from None
    return uid, uid


def record_hash(record: Record) -> bytes:
    """SHA-256 over everything of a record that survives on the log: tells one log from another."""
    digest = hashlib.sha256(str(record.timestamp).encode())
    for part in (record.key, record.value):
        digest.update(b"\0null" if part is None else b"\0%d:%b" % (len(part), part))
    for name, value in record.headers:
        text = b"null" if value is None else b"%d:%b" % (len(value), value)
        digest.update(b"\0%b=%b" % (name.encode("utf-8", "surrogateescape"), text))
    return digest.digest()
