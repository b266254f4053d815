"""Channel accounts, raw mails, threads, messages and deliveries."""

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = """
CREATE TABLE channel_account (
    tenant text, id text, kind text NOT NULL, address text, name text NOT NULL,
    version integer NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id));
CREATE UNIQUE INDEX uq_channel_account_address ON channel_account (tenant, lower(address))
    WHERE kind = 'email';

CREATE TABLE raw_mail (
    tenant text, id uuid, sha256 bytea NOT NULL, account text NOT NULL, size integer NOT NULL,
    body bytea, blob_key text, received_at timestamptz NOT NULL, message_id uuid,
    parsed_at timestamptz, PRIMARY KEY (tenant, id), UNIQUE (tenant, sha256),
    CHECK ((body IS NULL) <> (blob_key IS NULL))) WITH (fillfactor = 90);

CREATE TABLE message_reference (
    tenant text, name uuid, conversation_id uuid NOT NULL, PRIMARY KEY (tenant, name));

CREATE TABLE conversation (
    tenant text, id uuid, channel text NOT NULL, account text NOT NULL, subject text,
    customer_name text, customer_address text, version integer NOT NULL,
    opened_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)) WITH (fillfactor = 70);

CREATE TABLE message (
    tenant text, id uuid, conversation_id uuid NOT NULL, identity uuid NOT NULL, raw_id uuid,
    direction text NOT NULL, channel text NOT NULL, account text NOT NULL, sender_name text,
    sender_address text, subject text, text text NOT NULL, html text, header_id text,
    automatic boolean NOT NULL, language text, sent_at timestamptz,
    received_at timestamptz NOT NULL, details jsonb,
    PRIMARY KEY (tenant, id), UNIQUE (tenant, identity));
CREATE INDEX ix_message_conversation ON message (tenant, conversation_id, received_at, id);

CREATE TABLE delivery (
    tenant text, request_id uuid, position bigint GENERATED ALWAYS AS IDENTITY,
    conversation_id uuid NOT NULL, ticket_id uuid, kind text NOT NULL, channel text NOT NULL,
    account text NOT NULL, recipient text, requested_by text NOT NULL,
    queued_at timestamptz NOT NULL, cause_id uuid NOT NULL, cause_hops smallint NOT NULL,
    cause_traceparent text, state text NOT NULL CHECK (
        state IN ('queued', 'sending', 'sent', 'failed', 'not-confirmed')),
    due_at timestamptz NOT NULL, lease uuid, attempts smallint NOT NULL,
    unconfirmed smallint NOT NULL, reason text, settled_at timestamptz,
    PRIMARY KEY (tenant, request_id)) WITH (fillfactor = 80);
CREATE INDEX ix_delivery_due ON delivery (due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX ix_delivery_turn ON delivery (tenant, conversation_id, position)
    WHERE state IN ('queued', 'sending')
"""


def upgrade() -> None:
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)
