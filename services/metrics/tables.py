"""metrics' tables; made by its migrations."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.storage import new_metadata

metadata = new_metadata()
_at = DateTime(timezone=True)

fact = Table(
    "fact", metadata,
    Column("tenant", Text, primary_key=True),
    Column("ticket_id", Uuid, primary_key=True),
    Column("opened_at", _at, nullable=False),
    Column("resolved_at", _at),
    Column("replied_at", _at),
    # [[sequence, at in microseconds since 1970, unsolved, channel, team, priority], …]
    Column("steps", JSONB, nullable=False),
    Column("changed_at", _at, nullable=False),
)  # fmt: skip

cell = Table(
    "cell", metadata,
    Column("tenant", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("start", _at, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("team", Text, primary_key=True),
    Column("priority", Text, primary_key=True),
    Column("counted", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
    Column("dirty", Boolean, nullable=False),
    Column("traceparent", Text),
)  # fmt: skip

bin_ = Table(
    "bin", metadata,
    Column("tenant", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("start", _at, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("team", Text, primary_key=True),
    Column("priority", Text, primary_key=True),
    Column("bin", SmallInteger, primary_key=True),
    Column("counted", BigInteger, nullable=False),
)  # fmt: skip

published = Table(
    "published", metadata,
    Column("tenant", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("start", _at, primary_key=True),
    Column("dimension", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("sum", Double, nullable=False),
    Column("mean", Double),
    Column("p50", Double),
    Column("p90", Double),
    Column("p99", Double),
    Column("updated_at", _at, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("read_sequence", BigInteger, nullable=False),
)  # fmt: skip

turn = Table(
    "turn", metadata,
    Column("name", Text, primary_key=True),
    Column("taken_at", _at, nullable=False),
    Column("position", BigInteger, nullable=False),
)  # fmt: skip
