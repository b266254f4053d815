"""The knowledge base's articles; full state on a compacted topic."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from .payload import Count, Label, Language, Line, Moment, Part, Payload, open_enum

ArticleStatus = Annotated[str, open_enum("draft", "published", "archived")]
"""Only a published article is shown to customers; open enum."""


class Translation(Part):
    """One language's title and address of an article; the text stays in kb."""

    language: Language = Field(description="Language, BCP 47.")
    title: Line = Field(description="Title in that language.")
    slug: str = Field(description="Last part of its address.", min_length=1, max_length=200)
    url: str | None = Field(
        default=None, description="Public address; null if it has none.", max_length=2000
    )
    version: Count = Field(default=1, description="Counts this translation's changes from 1.")


class ArticleChanged(Payload):
    """The whole article after a change, without its texts. Kafka key: the article id."""

    TYPE: ClassVar[str] = "support.article.changed.v1"

    article_id: UUID = Field(description="The article's id.")
    status: ArticleStatus = Field(description="Whether it is shown.")
    section: Label | None = Field(default=None, description="Section it is in; null if none.")
    labels: tuple[Label, ...] = Field(
        default=(), description="Labels in alphabetical order, at most 100.", max_length=100
    )
    translations: tuple[Translation, ...] = Field(
        description="Its languages, the original first.", min_length=1, max_length=100
    )
    published_at: Moment | None = Field(
        default=None, description="When it was first published; null until then."
    )
    changed_at: Moment = Field(description="When this state came about.")

    def record_key(self) -> str:
        return str(self.article_id)
