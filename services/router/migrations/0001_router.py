"""Router's tables: tenants, teams, queues, agents, tickets and what is known about them."""

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = """
CREATE TABLE tenants (
    tenant text PRIMARY KEY, version bigint NOT NULL, name text NOT NULL, status text NOT NULL,
    languages text[] NOT NULL, timezone text NOT NULL, default_team text,
    revoked_tokens text[] NOT NULL, changed_at timestamptz NOT NULL);
CREATE TABLE teams (
    tenant text, key text, version bigint NOT NULL, name text NOT NULL, takes jsonb NOT NULL,
    PRIMARY KEY (tenant, key));
CREATE TABLE queues (
    tenant text, team text, channels text[] NOT NULL DEFAULT '{}', PRIMARY KEY (tenant, team));

CREATE TABLE agents (
    tenant text, id uuid, version bigint NOT NULL, name text NOT NULL, email text,
    teams text[] NOT NULL, skills jsonb NOT NULL, languages text[] NOT NULL,
    capacity jsonb NOT NULL, availability text NOT NULL, roles text[] NOT NULL,
    offboarded boolean NOT NULL, reason text NOT NULL, changed_at timestamptz NOT NULL,
    load jsonb NOT NULL DEFAULT '{}', last_given_at timestamptz, PRIMARY KEY (tenant, id))
    WITH (fillfactor = 50);
CREATE UNIQUE INDEX uq_agents_id ON agents (id);
CREATE INDEX ix_agents_available ON agents (tenant, id)
    WHERE availability = 'available' AND NOT offboarded;

CREATE TABLE tickets (
    tenant text, id uuid, number bigint NOT NULL, version bigint NOT NULL,
    conversation_ids uuid[] NOT NULL, subject text NOT NULL, category text, status text NOT NULL,
    priority text NOT NULL, team text, assignee uuid, tier text NOT NULL, tags text[] NOT NULL,
    language text, channel text NOT NULL, customer_name text, customer_address text,
    opened_at timestamptz NOT NULL, assigned_at timestamptz, first_assigned_at timestamptz,
    first_replied_at timestamptz, last_customer_message_at timestamptz,
    last_replied_at timestamptz, resolved_at timestamptz, closed_at timestamptz,
    updated_at timestamptz NOT NULL, message_count integer NOT NULL, reply_count integer NOT NULL,
    reopened_count integer NOT NULL, unanswered_since timestamptz, queue text,
    waiting_since timestamptz, assigned_reason text NOT NULL, follows uuid,
    rank smallint NOT NULL GENERATED ALWAYS AS (CASE priority
        WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'low' THEN 3 ELSE 2 END) STORED,
    CHECK ((queue IS NULL) = (waiting_since IS NULL)), PRIMARY KEY (tenant, id))
    WITH (fillfactor = 60);
CREATE UNIQUE INDEX uq_tickets_number ON tickets (tenant, number);
CREATE INDEX ix_tickets_status ON tickets (tenant, status, number);
CREATE INDEX ix_tickets_team ON tickets (tenant, team, number);
CREATE INDEX ix_tickets_assignee ON tickets (tenant, assignee, number) WHERE assignee IS NOT NULL;
CREATE INDEX ix_tickets_waiting ON tickets (tenant, queue, channel, rank, waiting_since, number)
    WHERE queue IS NOT NULL;

CREATE TABLE conversations (
    tenant text, conversation_id uuid, ticket_id uuid NOT NULL,
    PRIMARY KEY (tenant, conversation_id));
CREATE TABLE entries (
    tenant text, ticket_id uuid, position bigint, kind text NOT NULL, at timestamptz NOT NULL,
    by text NOT NULL, agent_id uuid, reference uuid NOT NULL, conversation_id uuid,
    text text NOT NULL, html text, automatic boolean NOT NULL, delivery text,
    delivered_at timestamptz, delivery_reason text, PRIMARY KEY (tenant, ticket_id, position));
CREATE TABLE ticket_counters (tenant text PRIMARY KEY, last_number bigint NOT NULL)
    WITH (fillfactor = 50);

CREATE TABLE acknowledgements (
    tenant text, ticket_id uuid, due_at timestamptz NOT NULL, PRIMARY KEY (tenant, ticket_id));
CREATE INDEX ix_acknowledgements_due_at ON acknowledgements (due_at);
CREATE TABLE clocks (
    tenant text, ticket_id uuid, kind text, generation bigint, sequence bigint NOT NULL,
    state text NOT NULL, policy text NOT NULL, target_seconds bigint NOT NULL,
    started_at timestamptz NOT NULL, due_at timestamptz NOT NULL, met_at timestamptz,
    PRIMARY KEY (tenant, ticket_id, kind, generation)) WITH (fillfactor = 80);
CREATE TABLE suggestions (
    tenant text, ticket_id uuid, at timestamptz NOT NULL, articles jsonb NOT NULL,
    PRIMARY KEY (tenant, ticket_id))
"""


def upgrade() -> None:
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)
