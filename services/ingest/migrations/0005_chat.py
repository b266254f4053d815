"""Chat sessions, visitors and invitations."""

from alembic import op

revision = "0005"
down_revision = "0004"

_STATEMENTS = ""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
