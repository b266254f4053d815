"""Articles, with what full text search and trigrams need."""

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE article (
    tenant text NOT NULL, id uuid NOT NULL, version bigint NOT NULL CHECK (version > 0),
    language text NOT NULL, title text NOT NULL, body text NOT NULL, section text,
    labels text[] NOT NULL, status text NOT NULL, published_at timestamptz,
    changed_at timestamptz NOT NULL, dictionary text NOT NULL, words tsvector NOT NULL,
    CONSTRAINT pk_article PRIMARY KEY (tenant, id),
    CONSTRAINT ck_article_status CHECK (status IN ('draft', 'published', 'archived')));
CREATE INDEX ix_article_published ON article (tenant, dictionary) WHERE status = 'published';
CREATE INDEX ix_article_words ON article USING gin (words) WHERE status = 'published'
"""


def upgrade() -> None:
    """Makes the table and its indexes."""
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)
