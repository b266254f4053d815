"""Channel accounts, and how far each mailbox has been fetched."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.ingest.tables.metadata import at as _at
from services.ingest.tables.metadata import metadata

channel_account = Table(
    "channel_account", metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("address", Text),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", _at, nullable=False),
    Column("updated_at", _at, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("settings", JSONB, nullable=False),
    Column("secrets", JSONB, nullable=False),
)  # fmt: skip

# One row per account that mails are fetched for: whose turn it is, and how it went.
mailbox = Table(
    "mailbox", metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("lease", Uuid),
    Column("leased_until", _at),
    Column("due_at", _at, nullable=False),
    Column("fetched_at", _at),
    Column("failures", Integer, nullable=False),
    Column("error", Text),
    Column("failed_at", _at),
)  # fmt: skip

# How far a folder has been read under this UIDVALIDITY (RFC 3501 section 2.3.1.1): every UID up to
# `last_uid` is stored or refused, and every one up to `settled_uid` is moved, flagged or deleted.
mailbox_folder = Table(
    "mailbox_folder", metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("uid_validity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("settled_uid", BigInteger, nullable=False),
    Column("mails", BigInteger, nullable=False),
    Column("updated_at", _at, nullable=False),
)  # fmt: skip

# Mails that could not be fetched, and were passed over so that the others could.
mailbox_refused = Table(
    "mailbox_refused", metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("uid_validity", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("size", BigInteger),
    Column("reason", Text, nullable=False),
    Column("refused_at", _at, nullable=False),
)  # fmt: skip
