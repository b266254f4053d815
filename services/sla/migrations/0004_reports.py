"""Sets of policies, and what became of promises by day."""

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS = ""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
