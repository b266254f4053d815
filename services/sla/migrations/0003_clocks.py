"""Clocks with pauses and retargets, and the facts of each step."""

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = """
ALTER TABLE ticket_step ADD COLUMN facts jsonb, ADD COLUMN ref uuid;

ALTER TABLE clock
    ADD COLUMN retargets integer NOT NULL DEFAULT 0, ADD COLUMN retargeted_at timestamptz,
    ADD COLUMN paused_at timestamptz, ADD COLUMN elapsed_seconds integer NOT NULL DEFAULT 0,
    ADD COLUMN policy_id text NOT NULL DEFAULT 'default',
    ADD COLUMN set_version integer NOT NULL DEFAULT 0,
    ADD COLUMN calendar text NOT NULL DEFAULT '',
    ADD COLUMN calendar_version integer NOT NULL DEFAULT 0, ADD COLUMN warn_seconds integer,
    ADD COLUMN past text NOT NULL DEFAULT '', ADD COLUMN facts jsonb NOT NULL DEFAULT '{}';

UPDATE clock SET elapsed_seconds = greatest(0, floor(extract(epoch FROM ended_at - started_at)))
    WHERE ended_at IS NOT NULL;

CREATE INDEX ix_clock_running_set ON clock (tenant, set_version) WHERE outcome = 'running';

CREATE INDEX ix_clock_running_calendar ON clock (tenant, calendar, calendar_version)
    WHERE outcome = 'running' AND calendar <> '';

CREATE TABLE reading (
    topic text NOT NULL, partition integer NOT NULL, oldest_unread_at timestamptz,
    updated_at timestamptz NOT NULL, spell_started_at timestamptz,
    CONSTRAINT pk_reading PRIMARY KEY (topic, partition)) WITH (fillfactor = 50);

CREATE TABLE customer_plan (
    tenant text NOT NULL, customer text NOT NULL, since timestamptz NOT NULL, plan text,
    value double precision, CONSTRAINT pk_customer_plan PRIMARY KEY (tenant, customer, since));

CREATE INDEX ix_ticket_step_customer ON ticket_step (tenant, (facts->>'customer'))
    WHERE what IN ('asked', 'opened')
"""


def upgrade() -> None:
    """Alters the tables; rows of before go on to count."""
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
