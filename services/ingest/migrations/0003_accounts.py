"""Settings and secrets of channel accounts, mailboxes to fetch from, uploads."""

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = """
ALTER TABLE channel_account
    ADD COLUMN delivery text NOT NULL DEFAULT 'internal'
        CHECK (delivery IN ('internal', 'adapter')),
    ADD COLUMN settings jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN secrets jsonb NOT NULL DEFAULT '{}';
CREATE UNIQUE INDEX uq_channel_account_mailbox ON channel_account (lower(address))
    WHERE kind = 'email';
CREATE UNIQUE INDEX uq_channel_account_handle ON channel_account (tenant, kind, lower(address))
    WHERE kind NOT IN ('email', 'chat', 'form', 'webhook');

CREATE TABLE mailbox (
    tenant text, account text, lease uuid, leased_until timestamptz, due_at timestamptz NOT NULL,
    fetched_at timestamptz, failures integer NOT NULL DEFAULT 0, error text, failed_at timestamptz,
    PRIMARY KEY (tenant, account)) WITH (fillfactor = 70);

CREATE TABLE mailbox_folder (
    tenant text, account text, folder text, uid_validity bigint NOT NULL, last_uid bigint NOT NULL,
    settled_uid bigint NOT NULL, mails bigint NOT NULL, updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, account, folder)) WITH (fillfactor = 70);

CREATE TABLE mailbox_refused (
    tenant text, account text, folder text, uid_validity bigint, uid bigint, size bigint,
    reason text NOT NULL, refused_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, account, folder, uid_validity, uid))
"""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
