"""Decisions wait to be counted: whoever takes them locks no row of the report."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the table."""
    op.execute(
        """
        CREATE TABLE decision (
            id bigint GENERATED ALWAYS AS IDENTITY, tenant text NOT NULL, ticket_id uuid NOT NULL,
            kind text NOT NULL, generation bigint NOT NULL, entry jsonb,
            CONSTRAINT pk_decision PRIMARY KEY (id))
        """
    )
