"""The engine's tables: inbox, outbox, offsets, parking, held keys, idempotency, compacted state."""

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = """
CREATE TABLE engine_state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), epoch integer NOT NULL);
INSERT INTO engine_state (epoch) VALUES (1);

CREATE TABLE inbox (
    consumer text NOT NULL, event_id uuid NOT NULL, claimed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)) PARTITION BY RANGE (event_id);
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;
CREATE INDEX ix_inbox_default_claimed_at ON inbox_default USING brin (claimed_at);

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shard smallint NOT NULL,
    topic text NOT NULL,
    key bytea NOT NULL, key_hash integer NOT NULL, event_id uuid NOT NULL, headers text NOT NULL,
    payload bytea NOT NULL, created_at timestamptz NOT NULL DEFAULT now())
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
          autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0,
          autovacuum_analyze_threshold = 100000);
CREATE TABLE outbox_refused (
    id bigint PRIMARY KEY, topic text NOT NULL, key bytea NOT NULL, key_hash integer NOT NULL,
    event_id uuid NOT NULL, headers text NOT NULL, payload bytea NOT NULL,
    created_at timestamptz NOT NULL, refused_at timestamptz NOT NULL DEFAULT now(),
    error text NOT NULL);
CREATE INDEX ix_outbox_refused_key ON outbox_refused (topic, key);

CREATE TABLE consumer_offset (
    consumer text, topic text, partition integer, epoch integer NOT NULL DEFAULT 1,
    next_offset bigint NOT NULL, record_hash bytea, moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, topic, partition)) WITH (fillfactor = 50);
CREATE TABLE stopped_partition (
    consumer text, topic text, partition integer, reason text NOT NULL,
    stopped_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (consumer, topic, partition));

CREATE TABLE parked (
    id uuid PRIMARY KEY, consumer text NOT NULL, topic text NOT NULL, partition integer NOT NULL,
    epoch integer NOT NULL, "offset" bigint NOT NULL, tenant text, event_id text, event_type text,
    key bytea, headers jsonb NOT NULL, value bytea, record_at timestamptz NOT NULL,
    reason text NOT NULL, detail text NOT NULL,
    claimed boolean NOT NULL, attempts integer NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'retried', 'dropped')),
    parked_at timestamptz NOT NULL DEFAULT now(), settled_at timestamptz,
    UNIQUE (consumer, topic, partition, epoch, "offset"));
CREATE INDEX ix_parked_open ON parked (parked_at, id) WHERE state = 'parked';
CREATE INDEX ix_parked_key ON parked (consumer, key) WHERE state = 'parked';
CREATE TABLE held_key (
    consumer text, key bytea, held_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, key));

CREATE TABLE idempotency_key (
    tenant text, subject text, method text, route text, key text, request_hash bytea NOT NULL,
    status integer NOT NULL, headers jsonb NOT NULL, body bytea NOT NULL,
    expires_at timestamptz NOT NULL, PRIMARY KEY (tenant, subject, method, route, key));
CREATE INDEX ix_idempotency_key_expires_at ON idempotency_key (expires_at);

CREATE TABLE compacted_state (
    topic text, key text, tenant text NOT NULL, sequence bigint NOT NULL, type text NOT NULL,
    data jsonb NOT NULL, folded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (topic, key));
CREATE INDEX ix_compacted_state_tenant ON compacted_state (tenant, topic, key)
"""


def upgrade() -> None:
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)
