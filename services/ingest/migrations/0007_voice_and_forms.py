"""Calls and forms."""

from alembic import op

revision = "0007"
down_revision = "0006"

_STATEMENTS = ""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
