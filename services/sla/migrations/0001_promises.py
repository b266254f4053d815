"""Policies, and what is kept of each ticket: its history and its clocks."""

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = """
CREATE TABLE policy (
    tenant text NOT NULL, version integer NOT NULL CHECK (version > 0), name text NOT NULL,
    minutes jsonb NOT NULL, since timestamptz NOT NULL,
    CONSTRAINT pk_policy PRIMARY KEY (tenant, version));

CREATE TABLE ticket (
    tenant text NOT NULL, ticket_id uuid NOT NULL, version bigint NOT NULL DEFAULT 0,
    CONSTRAINT pk_ticket PRIMARY KEY (tenant, ticket_id)) WITH (fillfactor = 70);

CREATE TABLE ticket_step (
    tenant text NOT NULL, ticket_id uuid NOT NULL, sequence bigint NOT NULL, what text NOT NULL,
    at timestamptz NOT NULL, priority text NOT NULL, team text,
    CONSTRAINT pk_ticket_step PRIMARY KEY (tenant, ticket_id, sequence, what));

CREATE TABLE clock (
    tenant text NOT NULL, ticket_id uuid NOT NULL, kind text NOT NULL, generation bigint NOT NULL,
    policy text NOT NULL, priority text NOT NULL, team text,
    target_seconds integer NOT NULL, started_at timestamptz NOT NULL,
    due_soon_at timestamptz NOT NULL, due_at timestamptz NOT NULL,
    outcome text NOT NULL, ended_at timestamptz, stage smallint NOT NULL, next_at timestamptz,
    CONSTRAINT pk_clock PRIMARY KEY (tenant, ticket_id, kind, generation),
    CONSTRAINT ck_clock_outcome CHECK (outcome IN ('running', 'met', 'cancelled')),
    CONSTRAINT ck_clock_stage CHECK (stage BETWEEN 0 AND 3),
    CONSTRAINT ck_clock_ended CHECK ((outcome = 'running') = (ended_at IS NULL)),
    CONSTRAINT ck_clock_next CHECK (next_at IS NULL OR (outcome = 'running' AND stage < 2)))
    WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX ix_clock_next_at ON clock (next_at) WHERE next_at IS NOT NULL
"""


def upgrade() -> None:
    """Makes the tables."""
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)
