"""Articles as they are written."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.kb.domain import Article, ForeignArticle
from services.kb.domain import Text as Written
from services.kb.tables import article
from shared.storage import ReadSession, Session


class Articles:
    """The articles of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def get(self, tenant: str, article_id: UUID) -> Article | None:
        """The article, None where the tenant has none with this id."""
        query = select(article).where(article.c.tenant == tenant, article.c.id == article_id)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else _article(row)

    async def page(
        self, tenant: str, status: str | None, after: UUID | None, limit: int
    ) -> list[Article]:
        """Articles by id; `after` is the last id of the page before."""
        query = select(article).where(article.c.tenant == tenant)
        if status is not None:
            query = query.where(article.c.status == status)
        if after is not None:
            query = query.where(article.c.id > after)
        rows = await self._session.execute(query.order_by(article.c.id).limit(limit))
        return [_article(row) for row in rows]

    async def those(self, keys: Collection[tuple[str, UUID]]) -> list[Article]:
        """The articles with these (tenant, id), in that order; one that is gone is absent."""
        wanted = tuple_(article.c.tenant, article.c.id).in_(sorted(keys))
        query = select(article).where(wanted).order_by(article.c.tenant, article.c.id)
        return [_article(row) for row in await self._session.execute(query)]

    async def all_after(self, after: str | None, limit: int) -> list[Article]:
        """Articles of all tenants, ordered; after: `tenant/id` of the page before's last."""
        query = select(article).order_by(article.c.tenant, article.c.id).limit(limit)
        if after is not None:
            tenant, _, last = after.partition("/")
            query = query.where(tuple_(article.c.tenant, article.c.id) > (tenant, UUID(last)))
        return [_article(row) for row in await self._session.execute(query)]


async def lock(session: Session, tenant: str, article_id: UUID) -> Article | None:
    """The article, which nobody else changes until the transaction ends.

    An id that is new is taken too: two writers of one new article take turns. Raises
    ForeignArticle when the id is another tenant's: ids are the keys of support.articles.v1.
    """
    key = func.hashtextextended(f"article/{article_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    row = (await session.execute(select(article).where(article.c.id == article_id))).one_or_none()
    if row is not None and row.tenant != tenant:
        raise ForeignArticle(article_id)
    return None if row is None else _article(row)


async def put(session: Session, changed: Article) -> None:
    """Stores an article. Raises a unique violation when its id is another tenant's."""
    written = changed.text
    values: dict[str, Any] = {
        "version": changed.version, "language": written.language, "title": written.title,
        "body": written.body, "section": written.section, "labels": list(written.labels),
        "status": written.status, "published_at": changed.published_at,
        "changed_at": changed.changed_at,
    }  # fmt: skip
    statement = insert(article).values(tenant=changed.tenant, id=changed.id, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["tenant", "id"], set_=values)
    )


def _article(row: Row[*tuple[Any, ...]]) -> Article:
    written = Written(row.language, row.title, row.body, row.section, tuple(row.labels), row.status)
    return Article(row.tenant, row.id, row.version, written, row.published_at, row.changed_at)
