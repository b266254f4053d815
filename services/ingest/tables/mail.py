"""Raw mails, threads, messages and deliveries."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.ingest.tables.metadata import at as _at
from services.ingest.tables.metadata import metadata

# A mail as it came. Its bytes lie in `body`, or above 64 KiB in the blob store.
raw_mail = Table(
    "raw_mail", metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("sha256", LargeBinary, nullable=False),
    Column("account", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary),
    Column("blob_key", Text),
    Column("received_at", _at, nullable=False),
    Column("message_id", Uuid),
    Column("parsed_at", _at),
)  # fmt: skip

# Which conversation a name belongs to: Message-IDs and chat sessions, hashed (see domain.threads).
# own: a message with this very id has come, and not only one that names it.
message_reference = Table(
    "message_reference", metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Uuid, primary_key=True),
    Column("conversation_id", Uuid, nullable=False),
    Column("own", Boolean, nullable=False),
)  # fmt: skip

# participants: mail addresses in lower case, of people who wrote or were written to. merged_into:
# the conversation that this one turned out to be part of; its messages stay where they were.
conversation = Table(
    "conversation", metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("subject", Text),
    Column("customer_name", Text),
    Column("customer_address", Text),
    Column("version", Integer, nullable=False),
    Column("opened_at", _at, nullable=False),
    Column("updated_at", _at, nullable=False),
    Column("participants", ARRAY(Text), nullable=False),
    Column("merged_into", Uuid),
    Column("merged_at", _at),
)  # fmt: skip

# The tickets that customers may name in a subject, as support.tickets.v1 tells them.
ticket_number = Table(
    "ticket_number", metadata,
    Column("tenant", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("conversation_id", Uuid, nullable=False),
)  # fmt: skip

# How many automatic mails an address (hashed) has been sent in the hour that began at `hour`.
automatic_budget = Table(
    "automatic_budget", metadata,
    Column("tenant", Text, primary_key=True),
    Column("address", Uuid, primary_key=True),
    Column("hour", _at, nullable=False),
    Column("sent", Integer, nullable=False),
)  # fmt: skip

# `details` holds what is shown and never searched: people, references, attachments, blobs.
message = Table(
    "message", metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, nullable=False),
    Column("identity", Uuid, nullable=False),
    Column("raw_id", Uuid),
    Column("direction", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("sender_name", Text),
    Column("sender_address", Text),
    Column("subject", Text),
    Column("text", Text, nullable=False),
    Column("html", Text),
    Column("header_id", Text),
    Column("automatic", Boolean, nullable=False),
    Column("language", Text),
    Column("sent_at", _at),
    Column("received_at", _at, nullable=False),
    Column("details", JSONB),
    Column("kind", Text, nullable=False),
    Column("quoted", Text, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("reach", BigInteger),
    Column("sentiment", Text),
    Column("network", Text),
    Column("spam", Boolean, nullable=False),
    Column("own", Boolean, nullable=False),
    Column("customer_id", Uuid),
)  # fmt: skip

# What is to be sent; the words are in the outbound message with the same id. `due_at` is when to
# send it next, and while it is being sent, when the lease ends.
delivery = Table(
    "delivery", metadata,
    Column("tenant", Text, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("conversation_id", Uuid, nullable=False),
    Column("ticket_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("recipient", Text),
    Column("requested_by", Text, nullable=False),
    Column("queued_at", _at, nullable=False),
    Column("cause_id", Uuid, nullable=False),
    Column("cause_hops", SmallInteger, nullable=False),
    Column("cause_traceparent", Text),
    Column("state", Text, nullable=False),
    Column("due_at", _at, nullable=False),
    Column("lease", Uuid),
    Column("attempts", SmallInteger, nullable=False),
    Column("unconfirmed", SmallInteger, nullable=False),
    Column("reason", Text),
    Column("settled_at", _at),
    Column("unsubscribe_url", Text),
    Column("provider_id", Text),
    Column("delivered_at", _at),
    Column("read_at", _at),
)  # fmt: skip
