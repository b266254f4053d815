"""kb's table; made by its migrations. `tenant` comes first in every key and index."""

from sqlalchemy import BigInteger, Column, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from shared.storage import new_metadata

metadata = new_metadata()
_at = DateTime(timezone=True)

article = Table(
    "article", metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("language", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("section", Text),
    Column("labels", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("published_at", _at),
    Column("changed_at", _at, nullable=False),
)  # fmt: skip
