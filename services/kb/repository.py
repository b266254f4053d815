"""Every SQL statement of kb."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.kb.domain import LETTERS, Article, Hit, Question, dictionary, rounded
from services.kb.domain import Text as Written
from services.kb.tables import article
from shared.storage import ReadSession, Session

_COLUMNS = [column for column in article.c if column.name not in ("words", "dictionary")]

# Each question against each dictionary that its tenant has published articles in: the question is
# cut once per dictionary, not once per article.
_FIND = text(
    """
    SELECT q.number, a.id, a.language, a.title, left(a.body, 300) AS beginning, found.score
    FROM unnest(:numbers ::int[], :tenants ::text[], :texts ::text[])
        AS q (number, tenant, asked)
    CROSS JOIN LATERAL (
        SELECT DISTINCT dictionary FROM article
        WHERE tenant = q.tenant AND status = 'published' AND dictionary <> 'letters') AS d
    CROSS JOIN LATERAL (
        SELECT replace(plainto_tsquery(d.dictionary::regconfig, q.asked)::text, '&', '|')::tsquery
            AS wanted) AS w
    CROSS JOIN LATERAL (
        SELECT id, language, title, body, ts_rank(words, w.wanted, 32) AS score
        FROM article
        WHERE tenant = q.tenant AND dictionary = d.dictionary AND status = 'published'
            AND words @@ w.wanted
        ORDER BY score DESC, id LIMIT :most) AS a
    CROSS JOIN LATERAL (SELECT a.score::float8 AS score) AS found
    WHERE found.score >= :least
    UNION ALL
    SELECT q.number, a.id, a.language, a.title, left(a.body, 300), a.score
    FROM unnest(:numbers ::int[], :tenants ::text[], :texts ::text[])
        AS q (number, tenant, asked)
    CROSS JOIN LATERAL (
        SELECT id, language, title, body,
            greatest(word_similarity(title, q.asked),
                     word_similarity(q.asked, title || ' ' || left(body, 2000)))::float8 AS score
        FROM article
        WHERE tenant = q.tenant AND dictionary = 'letters' AND status = 'published'
            AND octet_length(q.asked) > length(q.asked)
        ORDER BY score DESC, id LIMIT :most) AS a
    WHERE a.score >= :least
    """
)


class Articles:
    """The articles of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def get(self, tenant: str, article_id: UUID) -> Article | None:
        """The article, None where the tenant has none with this id."""
        query = select(*_COLUMNS).where(article.c.tenant == tenant, article.c.id == article_id)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else _article(row)

    async def page(
        self, tenant: str, status: str | None, after: UUID | None, limit: int
    ) -> list[Article]:
        """Articles by id; `after` is the last id of the page before."""
        query = select(*_COLUMNS).where(article.c.tenant == tenant)
        if status is not None:
            query = query.where(article.c.status == status)
        if after is not None:
            query = query.where(article.c.id > after)
        rows = await self._session.execute(query.order_by(article.c.id).limit(limit))
        return [_article(row) for row in rows]

    async def those(self, keys: Collection[tuple[str, UUID]]) -> list[Article]:
        """The articles with these (tenant, id), in that order; one that is gone is absent."""
        wanted = tuple_(article.c.tenant, article.c.id).in_(sorted(keys))
        query = select(*_COLUMNS).where(wanted).order_by(article.c.tenant, article.c.id)
        return [_article(row) for row in await self._session.execute(query)]

    async def all_after(self, after: str | None, limit: int) -> list[Article]:
        """Articles of all tenants, ordered; after: `tenant/id` of the page before's last."""
        query = select(*_COLUMNS).order_by(article.c.tenant, article.c.id).limit(limit)
        if after is not None:
            tenant, _, last = after.partition("/")
            query = query.where(tuple_(article.c.tenant, article.c.id) > (tenant, UUID(last)))
        return [_article(row) for row in await self._session.execute(query)]

    async def find(
        self, questions: Sequence[Question], *, most: int, least: float
    ) -> list[list[Hit]]:
        """For each question its hits of at least `least` score, `most` per dictionary."""
        given = {
            "numbers": list(range(len(questions))),
            "tenants": [question.tenant for question in questions],
            "texts": [question.text for question in questions],
            "most": most,
            "least": least,
        }
        found: defaultdict[int, list[Hit]] = defaultdict(list)
        for number, uid, language, title, beginning, score in await self._session.execute(
            _FIND, given
        ):
            found[number].append(rounded(Hit(uid, language, title, score, beginning)))
        return [found[number] for number in range(len(questions))]


async def lock(session: Session, tenant: str, article_id: UUID) -> Article | None:
    """The article, which nobody else changes until the transaction ends.

    An id that is new is taken too: two writers of one new article take turns.
    """
    key = func.hashtextextended(f"article/{tenant}/{article_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    return await Articles(session).get(tenant, article_id)


async def put(session: Session, changed: Article) -> None:
    """Stores an article with its words, the title's weighing more than the body's."""
    written, config = changed.text, dictionary(changed.text.language)
    values: dict[str, Any] = {
        "version": changed.version, "language": written.language, "title": written.title,
        "body": written.body, "section": written.section, "labels": list(written.labels),
        "status": written.status, "published_at": changed.published_at,
        "changed_at": changed.changed_at, "dictionary": config,
        "words": _words("simple" if config == LETTERS else config, written),
    }  # fmt: skip
    statement = insert(article).values(tenant=changed.tenant, id=changed.id, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["tenant", "id"], set_=values)
    )


def _words(config: str, written: Written) -> Any:
    regconfig = text(f"'{config}'::regconfig")
    title = func.setweight(func.to_tsvector(regconfig, written.title), text("'A'"))
    body = func.setweight(func.to_tsvector(regconfig, written.body), text("'B'"))
    return title.op("||")(body)


def _article(row: Row[*tuple[Any, ...]]) -> Article:
    written = Written(row.language, row.title, row.body, row.section, tuple(row.labels), row.status)
    return Article(row.tenant, row.id, row.version, written, row.published_at, row.changed_at)
