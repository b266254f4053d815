"""Ids that a repeated step yields again, and the numbers that order events of one entity."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import uuid_utils.compat
from aiokafka.partitioner import murmur2
from asyncpg.pgproto import pgproto

from shared.contracts.payload import LATEST

_EPOCH_UNIT = 1 << 40
SHARDS = 8
_SINCE = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST = (LATEST - _SINCE) // _MILLISECOND - 1
_VERSION_8 = 0x8 << 76 | 0x2 << 62
_FREE = ~(0xF << 76 | 0x3 << 62)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7): only intake (HTTP, SMTP, IMAP) and commands mint these."""
    return uuid_utils.compat.uuid7()


def derived_id(cause: UUID, kind: str, index: int | str = 0) -> UUID:
    """The id of the `index`-th event of `kind` that `cause` brings about.

    A UUIDv8 (RFC 9562 §5.8): the 48 bits of milliseconds of the cause, then 74 bits of SHA-256,
    so that doing a step again gives the same id, and ids of one day stay together in an index.
    """
    digest = hashlib.sha256(f"{cause.hex}/{kind}/{index}".encode()).digest()
    return _uuid8(cause.int >> 80, digest)


def inbound_ids(at: datetime, tenant: str, source: str, event_id: str) -> tuple[UUID, UUID]:
    """(id inside the suite, what the inbox claims) of an event from outside.

    The id is Kafka's time and the event's unique name. The claim has no time in it, so that a copy
    sent on another day meets the first one's claim.
    """
    named = "\0".join((tenant, source, event_id))
    digest = hashlib.sha256(named.encode("utf-8", "surrogatepass")).digest()
    return _uuid8(milliseconds(at), digest), _uuid8(int.from_bytes(digest[16:22]), digest)


def timer_id(due_at: datetime, *parts: str | int) -> UUID:
    """The id of what a timer fires: its time prefix is the due instant, the rest names it."""
    digest = hashlib.sha256("/".join(str(part) for part in parts).encode()).digest()
    return _uuid8(milliseconds(due_at), digest)


def sequence(version: int, epoch: int) -> int:
    """epoch × 2^40 + version: a raised epoch outranks everything that was announced before it."""
    return epoch * _EPOCH_UNIT + version


def uuid_of(text: str) -> UUID:
    """The UUID that `text` spells, 32 hexadecimal digits with or without hyphens; else ValueError.

    It is the database driver's compiled subclass, as the ids made here are: made, compared and
    written out four times as fast, which every event goes through several times.
    """
    return pgproto.UUID(text)


def time_of(uid: UUID) -> datetime:
    """The instant in the time prefix of a UUIDv7 or of an id made here."""
    return datetime.fromtimestamp((uid.int >> 80) / 1000, UTC)


@lru_cache(maxsize=8192)
def key_hash(key: bytes) -> int:
    """Java's positive murmur2 of a record key: modulo the partition count it is the partition."""
    return int(murmur2(key)) & 0x7FFFFFFF


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970, exactly: a float of seconds would round some of them down."""
    return max(0, (at - _SINCE) // _MILLISECOND)


def instant(stamp: int) -> datetime:
    """The instant of Kafka's timestamp in milliseconds; a writer's clock may have made it absurd.

    Then it is the nearest one that an event may have: 1970, or the end of 2999.
    """
    return _SINCE + min(max(stamp, 0), _LAST) * _MILLISECOND


def _uuid8(milliseconds: int, digest: bytes) -> UUID:
    number = (milliseconds << 80 | int.from_bytes(digest[:10])) & _FREE | _VERSION_8
    return pgproto.UUID(number.to_bytes(16))
