"""Posts, provider webhooks and their deliveries."""

from alembic import op

revision = "0006"
down_revision = "0005"

_STATEMENTS = """
ALTER TABLE delivery
    ADD COLUMN delivered_at timestamptz, ADD COLUMN read_at timestamptz;
CREATE INDEX ix_delivery_provider ON delivery (tenant, account, provider_id)
    WHERE provider_id IS NOT NULL;

CREATE TABLE delivery_status (
    tenant text, account text, name uuid, kind text NOT NULL, provider_id text, recipient text,
    at timestamptz NOT NULL, reason text, due_at timestamptz NOT NULL,
    tries smallint NOT NULL DEFAULT 0, PRIMARY KEY (tenant, account, name));
CREATE INDEX ix_delivery_status_due ON delivery_status (due_at)
"""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
