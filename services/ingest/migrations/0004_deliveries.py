"""Deliveries: unsubscribing, what providers call them, rates of accounts, the view of the queue."""

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS = """
ALTER TABLE delivery ADD COLUMN unsubscribe_url text,
    ADD COLUMN IF NOT EXISTS provider_id text;
CREATE INDEX ix_delivery_position ON delivery (tenant, position);
CREATE INDEX ix_delivery_state ON delivery (tenant, state, position) WHERE state <> 'sent';

CREATE TABLE delivery_rate (
    tenant text, account text, free_at timestamptz NOT NULL, PRIMARY KEY (tenant, account))
    WITH (fillfactor = 50)
"""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
