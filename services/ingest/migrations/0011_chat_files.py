"""An index of chat entries with files: which blobs they name is asked before any is removed."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_chat_entry_files ON chat_entry (tenant) WHERE files IS NOT NULL")
