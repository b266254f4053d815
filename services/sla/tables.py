"""The tables of this service."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.storage import new_metadata

metadata = new_metadata()
_at = DateTime(timezone=True)

ticket = Table(
    "ticket", metadata,
    Column("tenant", Text, primary_key=True),
    Column("ticket_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    # Of clocks that turned out never to have begun, what was announced: kind, generation, stages
    # by number of retargets, withdrawals.
    Column("gone", JSONB(none_as_null=True)),
    # The set of policies that a ticket without a running clock was last checked against, while
    # something is owed on it; null for all others. -1 is older than any.
    Column("checked_set", Integer),
)  # fmt: skip
Index("ix_ticket_checked_set", ticket.c.tenant, ticket.c.checked_set,
      postgresql_where=ticket.c.checked_set.is_not(None))  # fmt: skip

ticket_step = Table(
    "ticket_step", metadata,
    Column("tenant", Text, primary_key=True),
    Column("ticket_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("at", _at, nullable=False),
    Column("priority", Text, nullable=False),
    Column("team", Text),
    # What is not as usual; null in rows of before facts were kept.
    Column("facts", JSONB),
    Column("ref", Uuid),
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
    Column("retargets", Integer, nullable=False),
    Column("retargeted_at", _at),
    Column("paused_at", _at),
    Column("elapsed_seconds", Integer, nullable=False),
    Column("policy_id", Text, nullable=False),
    Column("set_version", Integer, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("calendar_version", Integer, nullable=False),
    Column("warn_seconds", Integer),
    # What was announced under each number of retargets: one digit each.
    Column("past", Text, nullable=False),
    # How often an announced breach was taken back.
    Column("withdrawals", Integer, nullable=False),
    Column("facts", JSONB, nullable=False),
)  # fmt: skip
# The timer's work list: only clocks that will have something to say lie in it.
Index("ix_clock_next_at", clock.c.next_at, postgresql_where=clock.c.next_at.is_not(None))

calendar = Table(
    "calendar", metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", JSONB(none_as_null=True)),
    Column("since", _at, nullable=False),
)  # fmt: skip

policy_set = Table(
    "policy_set", metadata,
    Column("tenant", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", JSONB, nullable=False),
    Column("since", _at, nullable=False),
)  # fmt: skip

policy_draft = Table(
    "policy_draft", metadata,
    Column("tenant", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("changed_at", _at, nullable=False),
)  # fmt: skip

# What clocks were decided to be, until the report has counted it; entry is null for one that is
# decided no longer. Of one clock the ids rise as its decisions were taken.
decision = Table(
    "decision", metadata,
    Column("id", BigInteger, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("ticket_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("entry", JSONB(none_as_null=True)),
)  # fmt: skip

# What each clock has been counted as, so that it can be taken back when it turns out otherwise.
counted_clock = Table(
    "counted_clock", metadata,
    Column("tenant", Text, primary_key=True),
    Column("ticket_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("generation", BigInteger, primary_key=True),
    Column("entry", JSONB, nullable=False),
)  # fmt: skip

# Decided promises by day, once for each dimension (policy, priority, team …) and its value.
compliance = Table(
    "compliance", metadata,
    Column("tenant", Text, primary_key=True),
    Column("dimension", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("met", Integer, nullable=False),
    Column("breached", Integer, nullable=False),
)  # fmt: skip

# Where the time of the missed ones went; clocks: of how many this place took the most.
missed_time = Table(
    "missed_time", metadata,
    Column("tenant", Text, primary_key=True),
    Column("dimension", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("seconds", BigInteger, nullable=False),
    Column("clocks", Integer, nullable=False),
)  # fmt: skip

# What is known of customers, by a hash of each address of theirs.
customer_plan = Table(
    "customer_plan", metadata,
    Column("tenant", Text, primary_key=True),
    Column("customer", Text, primary_key=True),
    Column("since", _at, primary_key=True),
    Column("plan", Text),
    Column("value", Float),
)  # fmt: skip

# How far this service has read the topics that move clocks, by partition.
reading = Table(
    "reading", metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("oldest_unread_at", _at),
    Column("updated_at", _at, nullable=False),
    Column("spell_started_at", _at),
)  # fmt: skip
