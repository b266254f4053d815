"""Posts, provider webhooks and their deliveries."""

from alembic import op

revision = "0006"
down_revision = "0005"

_STATEMENTS = ""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
