"""Kinds of messages, merged conversations, spam, what a mail said below the trim."""

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = """
ALTER TABLE message
    ADD COLUMN kind text NOT NULL DEFAULT 'message'
        CHECK (kind IN ('message', 'bounce', 'complaint', 'auto-reply')),
    ADD COLUMN quoted text NOT NULL DEFAULT '',
    ADD COLUMN public boolean NOT NULL DEFAULT false,
    ADD COLUMN reach bigint, ADD COLUMN sentiment text, ADD COLUMN network text,
    ADD COLUMN spam boolean NOT NULL DEFAULT false,
    ADD COLUMN own boolean NOT NULL DEFAULT false,
    ADD COLUMN customer_id uuid;
CREATE INDEX ix_message_quarantine ON message (tenant, received_at, id) WHERE spam;

ALTER TABLE message_reference ADD COLUMN own boolean NOT NULL DEFAULT false;

ALTER TABLE conversation
    ADD COLUMN participants text[] NOT NULL DEFAULT '{}',
    ADD COLUMN merged_into uuid, ADD COLUMN merged_at timestamptz;
CREATE INDEX ix_conversation_merged ON conversation (tenant, merged_into)
    WHERE merged_into IS NOT NULL;

CREATE TABLE ticket_number (
    tenant text, number bigint, conversation_id uuid NOT NULL, PRIMARY KEY (tenant, number));

CREATE TABLE automatic_budget (
    tenant text, address uuid, hour timestamptz NOT NULL, sent integer NOT NULL,
    PRIMARY KEY (tenant, address)) WITH (fillfactor = 80);
CREATE INDEX ix_automatic_budget_hour ON automatic_budget (hour);

CREATE INDEX ix_delivery_conversation ON delivery (tenant, conversation_id, queued_at);
CREATE INDEX ix_delivery_recipient ON delivery (tenant, lower(recipient), queued_at)
"""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
