"""Chat sessions, what was said in them, and the key of their tokens."""

from sqlalchemy import Column, Integer, LargeBinary, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.ingest.tables.metadata import at as _at
from services.ingest.tables.metadata import metadata

# A session's id is also its conversation's. `seq`: its last entry. `due_at`: when it is idle, and
# once it has ended, when it is forgotten.
chat_session = Table(
    "chat_session", metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("account", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("visitor_name", Text),
    Column("visitor_email", Text),
    Column("language", Text),
    Column("page", Text),
    Column("invitation", Text),
    Column("invited", JSONB, nullable=False),
    Column("read_seq", Integer, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("replies", Integer, nullable=False),
    Column("agent_id", Uuid),
    Column("agent_name", Text),
    Column("transcript_to", Text),
    Column("started_at", _at),
    Column("waiting_since", _at),
    Column("answered_at", _at),
    Column("ended_at", _at),
    Column("due_at", _at, nullable=False),
)  # fmt: skip

# What the visitor's page shows, numbered without gaps within its session.
chat_entry = Table(
    "chat_entry", metadata,
    Column("tenant", Text, primary_key=True),
    Column("session_id", Uuid, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("at", _at, nullable=False),
    Column("author", Text),
    Column("text", Text, nullable=False),
    Column("files", JSONB),
    Column("ticket_id", Uuid),
    Column("delivery_kind", Text),
)  # fmt: skip

# One row: made by the migration, used where INGEST_CHAT_KEY is not set.
chat_key = Table(
    "chat_key", metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("key", LargeBinary, nullable=False),
)  # fmt: skip
