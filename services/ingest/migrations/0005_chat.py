"""Chat sessions and what was said in them; the key that visitors' tokens are signed with."""

from alembic import op

revision = "0005"
down_revision = "0004"

_STATEMENTS = """
CREATE TABLE chat_session (
    tenant text, id uuid, account text NOT NULL, state text NOT NULL CHECK (
        state IN ('open', 'bot', 'waiting', 'active', 'ended')),
    seq integer NOT NULL, visitor_name text, visitor_email text, language text, page text,
    invitation text, invited jsonb NOT NULL, read_seq integer NOT NULL, messages integer NOT NULL,
    replies integer NOT NULL, agent_id uuid, agent_name text, transcript_to text,
    started_at timestamptz, waiting_since timestamptz, answered_at timestamptz,
    ended_at timestamptz, due_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)) WITH (fillfactor = 70);
CREATE INDEX ix_chat_session_due ON chat_session (due_at);
CREATE INDEX ix_chat_session_queue ON chat_session (tenant, account, waiting_since, id)
    WHERE state = 'waiting';
CREATE INDEX ix_chat_session_answered ON chat_session (tenant, account, answered_at)
    WHERE answered_at IS NOT NULL;

CREATE TABLE chat_entry (
    tenant text, session_id uuid, seq integer, kind text NOT NULL, client_id text NOT NULL,
    at timestamptz NOT NULL, author text, text text NOT NULL, files jsonb, ticket_id uuid,
    delivery_kind text, PRIMARY KEY (tenant, session_id, seq),
    UNIQUE (tenant, session_id, client_id));

CREATE TABLE chat_key (
    id smallint PRIMARY KEY CHECK (id = 1), key bytea NOT NULL);
INSERT INTO chat_key VALUES (1, sha256(convert_to(
    gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')))
"""


def upgrade() -> None:
    for statement in filter(str.strip, _STATEMENTS.split(";\n")):
        op.execute(statement)
