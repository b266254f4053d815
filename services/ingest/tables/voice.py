"""Telephone calls, put together from their steps."""

from sqlalchemy import Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.ingest.tables.metadata import at as _at
from services.ingest.tables.metadata import metadata

# facts: what is known of the call; told: what was, when its last message was made, `messages` of
# them so far. due_at: when it is to be told (again). over_at: when we first knew that it is over.
call = Table(
    "call", metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("facts", JSONB, nullable=False),
    Column("told", JSONB, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("over_at", _at),
    Column("due_at", _at),
    Column("traceparent", Text),
    Column("updated_at", _at, nullable=False),
)  # fmt: skip
