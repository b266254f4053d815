"""Customers, their identities, merges and erasure."""

from alembic import op

revision = "0008"
down_revision = "0007"

_STATEMENTS = ""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
