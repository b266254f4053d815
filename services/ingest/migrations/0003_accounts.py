"""Settings and secrets of channel accounts, mailboxes to fetch from, uploads."""

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = ""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
