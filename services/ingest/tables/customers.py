"""Customers, what they are known by, and what is to be removed."""

from sqlalchemy import Boolean, Column, Float, Integer, Table, Text, Uuid

from services.ingest.tables.metadata import at as _at
from services.ingest.tables.metadata import metadata

# `merged_into` is what it was merged into, `root_id` where that leads to in the end; both are kept,
# so that a merge can be taken back. What belongs to a customer stays with it through all merges.
customer = Table(
    "customer", metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("root_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text),
    Column("plan", Text),
    Column("value", Float),
    Column("language", Text),
    Column("preferred_channel", Text),
    Column("merged_into", Uuid),
    Column("facts_at", _at),
    Column("erased_at", _at),
    Column("created_at", _at, nullable=False),
    Column("updated_at", _at, nullable=False),
)  # fmt: skip

# name: 128 bits of SHA-256 of all that makes it the same identity. Of an erased one nothing else is
# left: what was written under it before `erased_at` is not taken in again.
customer_identity = Table(
    "customer_identity", metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text),
    Column("network", Text),
    Column("account", Text),
    Column("verified", Boolean, nullable=False),
    Column("seen_at", _at, nullable=False),
    Column("erased_at", _at),
)  # fmt: skip

# Customers that are to be forgotten, at the latest at `due_at`.
erasure = Table(
    "erasure", metadata,
    Column("tenant", Text, primary_key=True),
    Column("customer_id", Uuid, primary_key=True),
    Column("requested_at", _at, nullable=False),
    Column("due_at", _at, nullable=False),
    Column("done_at", _at),
)  # fmt: skip

# Conversations that erased customers were part of, until that is done. whole: nobody else
# wrote in it.
erasure_conversation = Table(
    "erasure_conversation", metadata,
    Column("tenant", Text, primary_key=True),
    Column("conversation_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, primary_key=True),
    Column("whole", Boolean, nullable=False),
)  # fmt: skip

# Blobs that a row has ceased to name; they go unless another row names them.
blob_removal = Table(
    "blob_removal", metadata,
    Column("key", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("due_at", _at, nullable=False),
)  # fmt: skip

# Raw mails that were copies of a message: the message itself names only the first.
raw_copy = Table(
    "raw_copy", metadata,
    Column("tenant", Text, primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("raw_id", Uuid, primary_key=True),
)  # fmt: skip
