"""Articles, and the index of the words of those that are published."""

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = """
CREATE TABLE article (
    tenant text NOT NULL, id uuid NOT NULL, version bigint NOT NULL CHECK (version > 0),
    language text NOT NULL, title text NOT NULL, body text NOT NULL, section text,
    labels text[] NOT NULL, status text NOT NULL, published_at timestamptz,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pk_article PRIMARY KEY (tenant, id),
    CONSTRAINT ck_article_status CHECK (status IN ('draft', 'published', 'archived')));
CREATE UNIQUE INDEX uq_article_id ON article (id);

-- How many published articles a tenant has in a language.
CREATE TABLE shelf (
    tenant text NOT NULL, language text NOT NULL, dictionary text NOT NULL,
    articles bigint NOT NULL, CONSTRAINT pk_shelf PRIMARY KEY (tenant, language));

-- In how many of them a word is.
CREATE TABLE word (
    tenant text NOT NULL, language text NOT NULL, lexeme text NOT NULL, articles bigint NOT NULL,
    CONSTRAINT pk_word PRIMARY KEY (tenant, language, lexeme));

-- A word in one of them, and what it weighs there.
CREATE TABLE posting (
    tenant text NOT NULL, language text NOT NULL, lexeme text NOT NULL, article_id uuid NOT NULL,
    weight real NOT NULL,
    CONSTRAINT pk_posting PRIMARY KEY (tenant, language, lexeme, article_id) INCLUDE (weight));
CREATE INDEX ix_posting_article_id ON posting (tenant, article_id)
"""


def upgrade() -> None:
    """Makes the table and its indexes."""
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)
