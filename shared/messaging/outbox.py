"""What a transaction announces: rows written beside the effects, published later by the relay."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from shared.contracts import catalog
from shared.contracts.envelope import Payload, schema_name, time_text, to_value
from shared.contracts.topic import Topic
from shared.messaging import tables
from shared.messaging.events import Cause, Received
from shared.messaging.ids import SHARDS, derived_id, key_hash, sequence
from shared.storage.batches import unnest
from shared.storage.sessions import Session

_encode = msgspec.json.Encoder().encode
_COLUMNS = ["topic", "key", "key_hash", "event_id", "headers", "payload"]
_given = unnest(
    "given",
    topic=Text, key=LargeBinary, key_hash=Integer, event_id=Uuid, headers=Text, payload=LargeBinary,
)  # fmt: skip
_INSERT = insert(tables.outbox).from_select(
    ["shard", *_COLUMNS],
    select(cast(_given.c.key_hash % SHARDS, SmallInteger), *[_given.c[name] for name in _COLUMNS]),
)
_locks = select(func.unnest(bindparam("locks", type_=ARRAY(BigInteger))).label("lock")).subquery(
    "locks"
)
_LOCK = select(func.pg_advisory_xact_lock(_locks.c.lock))


class Outbox:
    """The events of one transaction, in the order in which they are added."""

    def __init__(self, *, source: str, epoch: int, now: datetime) -> None:
        self.source = source
        self.epoch = epoch
        self.now = now
        self._now = time_text(now)
        self._rows: list[tuple[str, bytes, int, UUID, str, bytes]] = []
        self._keys: set[int] = set()
        self._made: dict[tuple[UUID, str], int] = {}
        self.refused: dict[UUID, tuple[str, str]] = {}
        self.hints: list[Callable[[], None]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def sequence(self, version: int) -> int:
        """The `sequence` attribute of an entity at `version` (1, 2, …) in this database's epoch."""
        return sequence(version, self.epoch)

    def add(
        self,
        payload: Payload,
        *,
        tenant: str,
        key: str,
        cause: Cause,
        subject: str | None = None,
        sequence: int | None = None,
        time: datetime | None = None,
        topic: str | None = None,
        source: str | None = None,
    ) -> UUID:
        """Announces `payload` on its topic once the transaction commits; returns the event's id.

        key: the Kafka key, whose order counts. subject: the entity (default: the key). time: when
        it happened (default: now). topic: only for the one type that has a topic per service
        (record.parked). source: the channel account in whose name intake announces (default: this
        service). The id follows from the cause, the type and how many events of that type the
        cause has brought about before: doing the step again gives the same ids.
        """
        kind = payload.TYPE
        made = self._made.get((cause.id, kind), 0)
        self._made[cause.id, kind] = made + 1
        uid = derived_id(cause.id, kind, made)
        headers = [
            ("ce_id", str(uid)),
            ("ce_subject", subject or key),
            ("ce_time", self._now if time is None else time_text(time)),
            ("ce_partitionkey", key),
            ("ce_causationid", str(cause.id)),
        ]
        if sequence is not None:
            headers.append(("ce_sequence", str(sequence)))
        if cause.hops:
            headers.append(("ce_hops", str(cause.hops)))
        if cause.traceparent is not None:
            headers.append(("ce_traceparent", cause.traceparent))
        where = catalog.topic_of(type(payload)) if topic is None else catalog.TOPICS[topic]
        fixed = _fixed_headers(kind, source or self.source, tenant)
        text = fixed + _encode(headers)[1:].decode()
        self._append(where, key.encode(), uid, text, to_value(payload))
        return uid

    def once_committed(self, hint: Callable[[], None]) -> None:
        """Calls `hint` right after the commit, in this process. For what may be lost only: nothing
        calls it when the process dies in between. It must not raise, nor take long.
        """
        self.hints.append(hint)

    def refuse(self, received: Received[object], reason: str, detail: str) -> None:
        """Parks one record of a consumer's batch in this transaction, as its sender's fault.

        It does not count for the breaker. reason: one of `dlq.ParkedReason`; detail: what to do
        about it, without the record's content.
        """
        self.refused[received.uid] = (reason, detail)

    def _append(self, topic: Topic, key: bytes, uid: UUID, headers: str, body: bytes) -> None:
        hashed = key_hash(key)
        self._rows.append((topic.name, key, hashed, uid, headers, body))
        if topic.locks_key:
            # Two transactions that do not share the row behind this key must still take turns,
            # else the later id could commit first and be published first.
            self._keys.add(hash_lock(topic.name, key))

    async def flush(self, session: Session) -> None:
        """Takes the key locks, sorted, and writes all rows in one statement."""
        if not self._rows:
            return
        if self._keys:
            await session.execute(_LOCK, {"locks": sorted(self._keys)})
        columns = zip(*self._rows, strict=True)
        await session.execute(_INSERT, dict(zip(_COLUMNS, map(list, columns), strict=True)))


@lru_cache(maxsize=4096)
def _fixed_headers(kind: str, source: str, tenant: str) -> str:
    """The beginning of the JSON list of headers: those that events of one type, writer and tenant
    share (see envelope.to_headers).
    """
    headers = (
        ("content-type", "application/json"),
        ("ce_specversion", "1.0"),
        ("ce_type", kind),
        ("ce_source", source),
        ("ce_dataschema", schema_name(kind)),
        ("ce_tenant", tenant),
    )
    return _encode(headers)[:-1].decode() + ","


def hash_lock(topic: str, key: bytes) -> int:
    """The number of the advisory lock of one key of one topic (64 bits, signed)."""
    return derived_id(UUID(int=0), topic, key.hex()).int % (1 << 63)
