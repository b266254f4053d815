"""How fast accounts send."""

from sqlalchemy import Column, Table, Text

from services.ingest.tables.metadata import at, metadata

# When an account with a rate limit may send next.
delivery_rate = Table(
    "delivery_rate", metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("free_at", at, nullable=False),
)  # fmt: skip
