"""Clocks with pauses and retargets, and the facts of each step."""

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = ""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
