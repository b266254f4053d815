"""The HTTP API: write articles, fetch them, search them."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.kb.domain import Article, ForeignArticle, Hit, Question, Status, Text, rank, slug
from services.kb.repository.articles import Articles
from services.kb.repository.index import Index
from services.kb.usecases.write_article import save_article
from shared.messaging import derived_id
from shared.service import (
    COMMAND,
    NOT_FOUND,
    AskedPage,
    Caller,
    Command,
    NotFound,
    Page,
    Reply,
    Work,
    command,
    etag,
    require,
)
from shared.storage import Database

_EXAMPLE: dict[str, Any] = {
    "language": "en",
    "title": "Reset your password",
    "body": "1. Open the sign-in page and choose **Forgot password?**",
    "section": "account",
    "labels": ["password"],
    "status": "published",
}
_Label = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]+$")]


class ArticleText(BaseModel):
    """An article as it is written."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    language: str = Field(
        pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=35,
        description="Language of title and body, BCP 47", examples=["en", "pt-BR"],
    )  # fmt: skip
    title: str = Field(
        min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$", description="Its title, one line"
    )
    body: str = Field(
        min_length=1, max_length=200_000, pattern=r"^[^\x00]+$",
        description="Its text in Markdown, at most 200,000 characters",
    )  # fmt: skip
    section: _Label | None = Field(None, description="Section it is in; null if none")
    labels: list[_Label] = Field(default_factory=list, max_length=100, description="Free labels")
    status: Status = Field(
        "draft", description="draft and archived articles are neither found nor suggested"
    )

    def text(self) -> Text:
        """The same as the domain has it: labels once each, in alphabetical order."""
        labels = tuple(sorted(set(self.labels)))
        return Text(self.language, self.title, self.body, self.section, labels, self.status)


class ArticleView(ArticleText):
    """An article at its present version."""

    id: UUID
    version: int = Field(description="Counts its changes from 1")
    slug: str = Field(description="Last part of its address", examples=["reset-your-password-1a2b"])
    published_at: datetime | None = Field(description="When it was first published")
    changed_at: datetime

    @classmethod
    def of(cls, article: Article) -> Self:
        """The view of an article."""
        text = article.text
        return cls(
            id=article.id, version=article.version, slug=slug(text.title, article.id),
            published_at=article.published_at, changed_at=article.changed_at,
            language=text.language, title=text.title, body=text.body, section=text.section,
            labels=list(text.labels), status=text.status,
        )  # fmt: skip


class HitView(BaseModel):
    """An article that was found."""

    id: UUID
    title: str
    language: str
    score: float = Field(description="How well its words fit, 0 to 1")
    beginning: str = Field(description="The first 300 characters of its text")

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """The view of a hit."""
        return cls(
            id=hit.id, title=hit.title, language=hit.language, score=hit.score,
            beginning=hit.beginning,
        )  # fmt: skip


class HitsView(BaseModel):
    """What a search found, best first."""

    items: list[HitView]


def routes(database: Database) -> APIRouter:
    """The endpoints; `database` is read by the queries, commands bring their own transaction."""
    router = APIRouter(prefix="/v1", tags=["articles"])
    _add_commands(router)
    _add_queries(router, database)
    return router


def _add_commands(router: APIRouter) -> None:
    async def save(command: Command, article_id: UUID, asked: ArticleText, work: Work) -> Reply:
        article = await save_article(
            work, command.caller.tenant, article_id, asked.text(), expects=command.expects
        )
        place = f"/v1/articles/{article.id}"
        return Reply(ArticleView.of(article), version=article.version, location=place)

    @router.post("/articles", status_code=201, response_model=ArticleView, responses=COMMAND)
    async def post_article(
        asked: ArticleText, command: Annotated[Command, Depends(command("articles:write"))]
    ) -> Response:
        """Write a new article."""

        async def effect(work: Work) -> Reply:
            return await save(command, derived_id(work.cause.id, "article"), asked, work)

        return await command.run(effect)

    @router.put("/articles/{id}", response_model=ArticleView, responses=COMMAND | NOT_FOUND)
    async def put_article(
        id: Annotated[UUID, Path(description="Article id, chosen by the writer if it is new")],
        asked: ArticleText,
        command: Annotated[Command, Depends(command("articles:write"))],
    ) -> Response:
        """Write an article, or its next version. The same text again changes nothing."""

        async def effect(work: Work) -> Reply:
            try:
                return await save(command, id, asked, work)
            except ForeignArticle:
                raise NotFound("article", id) from None

        return await command.run(effect)


def _add_queries(router: APIRouter, database: Database) -> None:
    Reader = Annotated[Caller, Depends(require("articles:read"))]  # noqa: N806 (a type)

    @router.get("/articles")
    async def list_articles(
        caller: Reader, asked: AskedPage, status: Status | None = None
    ) -> Page[ArticleView]:
        """The tenant's articles, drafts and archived ones too, by id."""
        (after,) = asked.after_as(UUID) or (None,)
        async with database.reading() as session:
            found = await Articles(session).page(caller.tenant, status, after, asked.fetch)
        return asked.page(found, view=ArticleView.of, position=lambda each: (str(each.id),))

    @router.get("/articles/{id}", responses=NOT_FOUND)
    async def get_article(
        id: Annotated[UUID, Path(description="Article id")], caller: Reader, response: Response
    ) -> ArticleView:
        """One article with its text."""
        async with database.reading() as session:
            article = await Articles(session).get(caller.tenant, id)
        if article is None:
            raise NotFound("article", id)
        response.headers["ETag"] = etag(article.version)
        return ArticleView.of(article)

    @router.get("/search")
    async def search(
        caller: Reader,
        q: Annotated[str, Query(min_length=1, max_length=400, description="What is asked")],
        language: Annotated[
            str | None, Query(max_length=35, description="Articles in it come first")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
    ) -> HitsView:
        """Published articles whose words fit, best first."""
        question = Question(caller.tenant, q.replace("\0", ""), language)
        async with database.reading() as session:
            (hits,) = await Index(session).find([question], most=limit, least=0.05)
        return HitsView(items=[HitView.of(hit) for hit in rank(hits, language, limit)])
