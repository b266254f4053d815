"""Calendars and their versions."""

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = ""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
