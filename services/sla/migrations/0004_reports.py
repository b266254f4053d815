"""Sets of policies, and what became of promises by day."""

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS = """
CREATE TABLE policy_set (
    tenant text NOT NULL, version integer NOT NULL CHECK (version > 0), document jsonb NOT NULL,
    since timestamptz NOT NULL,
    CONSTRAINT pk_policy_set PRIMARY KEY (tenant, version));

INSERT INTO policy_set (tenant, version, document, since)
SELECT tenant, version, jsonb_build_array(
    jsonb_build_object('id', 'default', 'name', name, 'targets', minutes)), since FROM policy;

DROP TABLE policy;

CREATE TABLE policy_draft (
    tenant text NOT NULL, version integer NOT NULL CHECK (version > 0), document jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pk_policy_draft PRIMARY KEY (tenant));

CREATE TABLE counted_clock (
    tenant text NOT NULL, ticket_id uuid NOT NULL, kind text NOT NULL, generation bigint NOT NULL,
    entry jsonb NOT NULL,
    CONSTRAINT pk_counted_clock PRIMARY KEY (tenant, ticket_id, kind, generation));

CREATE TABLE compliance (
    tenant text NOT NULL, dimension text NOT NULL, day date NOT NULL, value text NOT NULL,
    kind text NOT NULL, met integer NOT NULL, breached integer NOT NULL,
    CONSTRAINT pk_compliance PRIMARY KEY (tenant, dimension, day, value, kind))
    WITH (fillfactor = 80);

CREATE TABLE missed_time (
    tenant text NOT NULL, dimension text NOT NULL, day date NOT NULL, value text NOT NULL,
    kind text NOT NULL, place text NOT NULL, seconds bigint NOT NULL, clocks integer NOT NULL,
    CONSTRAINT pk_missed_time PRIMARY KEY (tenant, dimension, day, value, kind, place))
    WITH (fillfactor = 80)
"""


def upgrade() -> None:
    """Makes the tables."""
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
