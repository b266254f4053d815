"""Customers, their identities, merges and erasure; raw mails without their bytes."""

from alembic import op

revision = "0008"
down_revision = "0007"

_STATEMENTS = """
CREATE TABLE customer (
    tenant text, id uuid, root_id uuid NOT NULL, version integer NOT NULL, name text, plan text,
    value double precision, language text, preferred_channel text, merged_into uuid,
    facts_at timestamptz, erased_at timestamptz, created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL, PRIMARY KEY (tenant, id)) WITH (fillfactor = 80);
CREATE INDEX ix_customer_merged ON customer (tenant, root_id) WHERE merged_into IS NOT NULL;
CREATE INDEX ix_customer_page ON customer (tenant, created_at, id)
    WHERE merged_into IS NULL AND erased_at IS NULL;

CREATE TABLE customer_identity (
    tenant text, name uuid, customer_id uuid NOT NULL, kind text NOT NULL, value text,
    network text, account text, verified boolean NOT NULL, seen_at timestamptz NOT NULL,
    erased_at timestamptz, PRIMARY KEY (tenant, name));
CREATE INDEX ix_customer_identity_customer ON customer_identity (tenant, customer_id);
CREATE INDEX ix_customer_identity_value ON customer_identity (tenant, value text_pattern_ops)
    WHERE value IS NOT NULL;

CREATE TABLE erasure (
    tenant text, customer_id uuid, requested_at timestamptz NOT NULL, due_at timestamptz NOT NULL,
    done_at timestamptz, PRIMARY KEY (tenant, customer_id));
CREATE INDEX ix_erasure_open ON erasure (requested_at) WHERE done_at IS NULL;
CREATE TABLE erasure_conversation (
    tenant text, conversation_id uuid, customer_id uuid, whole boolean NOT NULL,
    PRIMARY KEY (tenant, conversation_id, customer_id));

CREATE TABLE blob_removal (key text PRIMARY KEY, tenant text NOT NULL, due_at timestamptz NOT NULL);
CREATE INDEX ix_blob_removal_due ON blob_removal (due_at);

CREATE TABLE raw_copy (
    tenant text, message_id uuid, raw_id uuid, PRIMARY KEY (tenant, message_id, raw_id));

ALTER TABLE raw_mail DROP CONSTRAINT raw_mail_check,
    ADD CONSTRAINT ck_raw_mail_once CHECK (body IS NULL OR blob_key IS NULL);
CREATE INDEX ix_raw_mail_bytes ON raw_mail (received_at)
    WHERE body IS NOT NULL OR blob_key IS NOT NULL;
CREATE INDEX ix_message_customer ON message (tenant, customer_id, received_at, id)
    WHERE customer_id IS NOT NULL;
CREATE INDEX ix_message_blobs ON message
    USING gin (jsonb_path_query_array(details, '$.**.key'))
    WHERE jsonb_path_exists(details, '$.**.key')
"""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
