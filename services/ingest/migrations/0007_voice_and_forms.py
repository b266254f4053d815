"""Calls and forms."""

from alembic import op

revision = "0007"
down_revision = "0006"

_STATEMENTS = """
CREATE TABLE call (
    tenant text, account text, call_id text, facts jsonb NOT NULL, told jsonb NOT NULL,
    messages integer NOT NULL, over_at timestamptz, due_at timestamptz, traceparent text,
    updated_at timestamptz NOT NULL, PRIMARY KEY (tenant, account, call_id));
CREATE INDEX ix_call_due ON call (due_at) WHERE due_at IS NOT NULL
"""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
