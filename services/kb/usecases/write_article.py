"""Somebody writes, publishes or archives an article."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from services.kb.domain import Article, Text, slug, write
from services.kb.repository import index
from services.kb.repository.articles import Articles, lock, put
from shared.contracts.articles import ArticleChanged, Translation
from shared.messaging import Cause, Outbox, Received, restated
from shared.messaging.resync import PAGE
from shared.service import Work
from shared.storage import Session


async def save_article(
    work: Work, tenant: str, article_id: UUID, text: Text, *, expects: Callable[[int], None]
) -> Article:
    """Stores `text` as the article's next version and announces its full state.

    `expects` is given the version before (0 for none) and raises when the caller wanted another.
    Saving the same again changes and announces nothing.
    """
    before = await lock(work.session, tenant, article_id)
    expects(before.version if before else 0)
    after = write(tenant, article_id, text, before, work.now)
    if after is not before:
        await put(work.session, after)
        await index.refresh(work.session, before, after)
        announce(work.outbox, after, work.cause)
    return after


async def announce_articles_again(
    session: Session, outbox: Outbox, late: Sequence[Received[ArticleChanged]], now: datetime
) -> None:
    """Kafka holds states of these articles that are older than what it held: say how they are."""
    causes = {(event.tenant, event.data.article_id): event.cause for event in late}
    for article in await Articles(session).those(causes):
        announce(outbox, article, causes[article.tenant, article.id])


async def restate_articles(session: Session, outbox: Outbox, after: str | None) -> str | None:
    """Announces articles anew for `resync`, a page at a time."""
    page = await Articles(session).all_after(after, PAGE)
    for article in page:
        announce(outbox, article, restated(outbox, str(article.id)))
    return f"{page[-1].tenant}/{page[-1].id}" if len(page) == PAGE else None


def announce(outbox: Outbox, article: Article, cause: Cause) -> None:
    """The full state of an article on support.articles.v1; its text stays here."""
    text = article.text
    translation = Translation(
        language=text.language,
        title=text.title,
        slug=slug(text.title, article.id),
        version=article.version,
    )
    outbox.add(
        ArticleChanged(
            article_id=article.id, status=text.status, section=text.section, labels=text.labels,
            translations=(translation,), published_at=article.published_at,
            changed_at=article.changed_at,
        ),
        tenant=article.tenant, key=str(article.id), cause=cause,
        sequence=outbox.sequence(article.version),
    )  # fmt: skip
