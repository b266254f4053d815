"""Calendars and their versions."""

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = """
CREATE TABLE calendar (
    tenant text NOT NULL, id text NOT NULL, version integer NOT NULL CHECK (version > 0),
    document jsonb, since timestamptz NOT NULL,
    CONSTRAINT pk_calendar PRIMARY KEY (tenant, id, version))
"""


def upgrade() -> None:
    """Makes the table."""
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
