"""When a customer wants to hear from us."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE tickets ADD COLUMN due_at timestamptz")
