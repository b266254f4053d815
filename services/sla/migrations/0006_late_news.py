"""What was announced is kept: a breach that was withdrawn, or of a clock that is gone."""

from alembic import op

revision = "0006"
down_revision = "0005"

# Tickets on which something may be owed without a clock, and clocks whose breach was withdrawn
# while they ran, are looked at anew: version -1 is older than any set.
_STATEMENTS = """
ALTER TABLE clock
    ADD COLUMN withdrawals integer NOT NULL DEFAULT 0 CHECK (withdrawals >= 0),
    DROP CONSTRAINT ck_clock_next,
    ADD CONSTRAINT ck_clock_next
        CHECK (next_at IS NULL OR (outcome = 'running' AND stage <> 2)) NOT VALID;

ALTER TABLE ticket ADD COLUMN gone jsonb, ADD COLUMN checked_set integer;

UPDATE ticket SET checked_set = -1 FROM (
        SELECT DISTINCT ON (tenant, ticket_id) tenant, ticket_id, facts->>'status' AS status
        FROM ticket_step ORDER BY tenant, ticket_id, sequence DESC) last
    WHERE ticket.tenant = last.tenant AND ticket.ticket_id = last.ticket_id
    AND coalesce(last.status, 'open') NOT IN ('solved', 'closed', 'merged', 'spam', 'cancelled')
    AND NOT EXISTS (SELECT FROM clock WHERE clock.tenant = ticket.tenant
        AND clock.ticket_id = ticket.ticket_id AND clock.outcome = 'running');

CREATE INDEX ix_ticket_checked_set ON ticket (tenant, checked_set) WHERE checked_set IS NOT NULL;

UPDATE clock SET withdrawals = 1, set_version = CASE outcome WHEN 'running' THEN -1
    ELSE set_version END
    WHERE stage = 3 OR past LIKE '%3%'
"""


def upgrade() -> None:
    """Alters the tables; rows of before fulfil the looser rule as they did the stricter one."""
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
