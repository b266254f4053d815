"""The tables of this service."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from shared.storage import new_metadata

metadata = new_metadata()
_at = DateTime(timezone=True)

policy = Table(
    "policy", metadata,
    Column("tenant", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("minutes", JSONB, nullable=False),
    Column("since", _at, nullable=False),
)  # fmt: skip

ticket = Table(
    "ticket", metadata,
    Column("tenant", Text, primary_key=True),
    Column("ticket_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
)  # fmt: skip

ticket_step = Table(
    "ticket_step", metadata,
    Column("tenant", Text, primary_key=True),
    Column("ticket_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("at", _at, nullable=False),
    Column("priority", Text, nullable=False),
    Column("team", Text),
)  # fmt: skip

clock = Table(
    "clock", metadata,
    Column("tenant", Text, primary_key=True),
    Column("ticket_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("generation", BigInteger, primary_key=True),
    Column("policy", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("team", Text),
    Column("target_seconds", Integer, nullable=False),
    Column("started_at", _at, nullable=False),
    Column("due_soon_at", _at, nullable=False),
    Column("due_at", _at, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("ended_at", _at),
    Column("stage", SmallInteger, nullable=False),
    Column("next_at", _at),
)  # fmt: skip
# The timer's work list: only clocks that will have something to say lie in it.
Index("ix_clock_next_at", clock.c.next_at, postgresql_where=clock.c.next_at.is_not(None))
