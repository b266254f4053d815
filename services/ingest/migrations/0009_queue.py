"""The index of deliveries by state leaves out the open ones, which have two of their own.

Before a table was ever analysed, the search for an earlier delivery of the same conversation took
it for as good as that of turns, and went through all that waited.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

_STATEMENTS = """
DROP INDEX ix_delivery_state;
CREATE INDEX ix_delivery_state ON delivery (tenant, state, position)
    WHERE state IN ('failed', 'not-confirmed')
"""


def upgrade() -> None:
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)
