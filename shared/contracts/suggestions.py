"""Articles that may answer a ticket."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from .payload import Language, Line, Moment, Part, Payload


class SuggestedArticle(Part):
    """One article, and how well it fits."""

    article_id: UUID = Field(description="The article's id.")
    title: Line = Field(description="Title in `language`.")
    language: Language = Field(description="Language of the translation that fits, BCP 47.")
    score: float = Field(description="0 (does not fit) to 1 (answers it).", ge=0, le=1)
    url: str | None = Field(
        default=None, description="Public address; null if it has none.", max_length=2000
    )


class ArticlesSuggested(Payload):
    """Articles were found for a ticket; they replace those suggested before.

    Kafka key: the ticket id.
    """

    TYPE: ClassVar[str] = "support.articles.suggested.v1"

    ticket_id: UUID = Field(description="Ticket they may answer.")
    articles: tuple[SuggestedArticle, ...] = Field(
        description="Best first, at most 10; empty if nothing fits.", max_length=10
    )
    at: Moment = Field(description="When they were found.")

    def record_key(self) -> str:
        return str(self.ticket_id)
