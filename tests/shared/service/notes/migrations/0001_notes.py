"""The table of the service of these tests."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.execute("CREATE TABLE note (id uuid PRIMARY KEY, tenant text, text text, version int)")
