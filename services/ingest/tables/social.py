"""What providers say of messages of ours, until it is known which delivery it is about."""

from sqlalchemy import Column, SmallInteger, Table, Text, Uuid

from services.ingest.tables.metadata import at as _at
from services.ingest.tables.metadata import metadata

# A status may come before the outcome of sending is stored, and of a message that others have
# sent by the same account. `name` stands for all that it says. Gone once it is applied.
delivery_status = Table(
    "delivery_status", metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("name", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("provider_id", Text),
    Column("recipient", Text),
    Column("at", _at, nullable=False),
    Column("reason", Text),
    Column("due_at", _at, nullable=False),
    Column("tries", SmallInteger, nullable=False),
)  # fmt: skip
