"""Facts of tickets, the cells and bins they are counted in, and the figures announced from them."""

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = """
CREATE TABLE fact (
    tenant text, ticket_id uuid, opened_at timestamptz NOT NULL, resolved_at timestamptz,
    replied_at timestamptz, steps jsonb NOT NULL, changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, ticket_id)) WITH (fillfactor = 80);

CREATE TABLE cell (
    tenant text, metric text, grain text CHECK (grain IN ('minute', 'hour', 'day', 'ever')),
    start timestamptz, channel text, team text, priority text,
    counted bigint NOT NULL, milliseconds bigint NOT NULL, dirty boolean NOT NULL, traceparent text,
    PRIMARY KEY (tenant, metric, grain, start, channel, team, priority)) WITH (fillfactor = 70);
CREATE INDEX ix_cell_dirty ON cell (tenant, metric, grain, start) WHERE dirty;

CREATE TABLE bin (
    tenant text, metric text, grain text, start timestamptz, channel text, team text,
    priority text, bin smallint, counted bigint NOT NULL,
    PRIMARY KEY (tenant, metric, grain, start, channel, team, priority, bin))
    WITH (fillfactor = 80);

CREATE TABLE published (
    tenant text, metric text, grain text, start timestamptz, dimension text, value text,
    version bigint NOT NULL, counted bigint NOT NULL, sum double precision NOT NULL,
    mean double precision, p50 double precision, p90 double precision, p99 double precision,
    updated_at timestamptz NOT NULL, position bigint NOT NULL,
    read_sequence bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, metric, grain, start, dimension, value));
CREATE INDEX ix_published_position ON published (position);
CREATE INDEX ix_published_tenant ON published (tenant, position);

CREATE TABLE turn (
    name text PRIMARY KEY, taken_at timestamptz NOT NULL,
    position bigint NOT NULL DEFAULT 0);
INSERT INTO turn (name, taken_at) VALUES
    ('announce', '1970-01-01T00:00:00Z'), ('sweep', '1970-01-01T00:00:00Z')
"""


def upgrade() -> None:
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)
