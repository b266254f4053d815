"""The engine's own tables: every service has them in its database, by the engine's migrations."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.storage.metadata import new_metadata

metadata = new_metadata()
_at = DateTime(timezone=True)

inbox = Table(
    "inbox", metadata,
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("claimed_at", _at, nullable=False),
)  # fmt: skip

outbox = Table(
    "outbox", metadata,
    Column("id", BigInteger, primary_key=True),
    Column("shard", SmallInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("key_hash", Integer, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("headers", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", _at, nullable=False),
)  # fmt: skip

outbox_refused = Table(
    "outbox_refused", metadata,
    Column("id", BigInteger, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("key_hash", Integer, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("headers", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", _at, nullable=False),
    Column("refused_at", _at, nullable=False),
    Column("error", Text, nullable=False),
)  # fmt: skip

consumer_offset = Table(
    "consumer_offset", metadata,
    Column("consumer", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("record_hash", LargeBinary),
    Column("moved_at", _at, nullable=False),
)  # fmt: skip

stopped_partition = Table(
    "stopped_partition", metadata,
    Column("consumer", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("stopped_at", _at, nullable=False),
)  # fmt: skip

parked = Table(
    "parked", metadata,
    Column("id", Uuid, primary_key=True),
    Column("consumer", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("tenant", Text),
    Column("event_id", Text),
    Column("event_type", Text),
    Column("key", LargeBinary),
    Column("headers", JSONB, nullable=False),
    Column("value", LargeBinary),
    Column("record_at", _at, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    # Whether its id was claimed when it was parked: not if it could not be read.
    Column("claimed", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("parked_at", _at, nullable=False),
    Column("settled_at", _at),
)  # fmt: skip

held_key = Table(
    "held_key", metadata,
    Column("consumer", Text, primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("held_at", _at, nullable=False),
)  # fmt: skip

idempotency_key = Table(
    "idempotency_key", metadata,
    Column("tenant", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("method", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("expires_at", _at, nullable=False),
)  # fmt: skip

compacted_state = Table(
    "compacted_state", metadata,
    Column("topic", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("folded_at", _at, nullable=False),
)  # fmt: skip

engine_state = Table(
    "engine_state", metadata,
    Column("one", Boolean, primary_key=True),
    Column("epoch", Integer, nullable=False),
)  # fmt: skip
