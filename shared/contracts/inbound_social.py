"""What adapters of messaging and social networks publish: what somebody wrote there."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from .payload import (
    Address,
    BlobRef,
    Count,
    ExternalId,
    Language,
    Moment,
    Name,
    Part,
    Payload,
    Text,
    open_enum,
)

Network = Annotated[
    str, open_enum("whatsapp", "messenger", "instagram", "telegram", "line", "x", "sms", "webhook")
]
"""The network that something was written on; open enum."""


class SocialAuthor(Part):
    """Who wrote it."""

    address: Address | None = Field(
        default=None,
        description="Their number (E.164) or their id on the network; null if it does not say.",
    )
    name: Name | None = Field(default=None, description="The name they show; null if unknown.")


class SocialMedia(Part):
    """A file that came with it: in the blob store already, or still at the provider."""

    name: str = Field(default="", description="File name as given, without a path.", max_length=255)
    media_type: str = Field(
        default="application/octet-stream",
        description="Media type as declared; not to be trusted.",
        max_length=255,
    )
    blob: BlobRef | None = Field(
        default=None, description="Where the bytes lie; null while only the provider has them."
    )
    provider_id: ExternalId | None = Field(
        default=None, description="The provider's id to fetch the bytes by; null if it has none."
    )
    url: str | None = Field(
        default=None,
        description="Where the provider gives the bytes out; null if it is asked by id.",
        max_length=2048,
    )

    @model_validator(mode="after")
    def _lies_somewhere(self) -> Self:
        if self.blob is None and self.provider_id is None and self.url is None:
            raise ValueError("one of blob, provider_id and url must be given")
        return self


class InboundSocialPosted(Payload):
    """Somebody wrote on a network: to us, or in public about us. Kafka key: the thread id."""

    TYPE: ClassVar[str] = "support.inbound.social.posted.v1"

    network: Network = Field(description="Network that it was written on.")
    thread_id: ExternalId = Field(
        description="What belongs together there, unique within the channel account: the other "
        "person, the group, or a public thread and its author."
    )
    message_id: ExternalId = Field(
        description="The provider's own id of it; the same for each retry of it."
    )
    revision: ExternalId | None = Field(
        default=None,
        description="Names this wording of it where messages can be edited: another revision is "
        "another message; null: it has one wording only.",
    )
    author: SocialAuthor = Field(description="Who wrote it.")
    text: Text = Field(
        default="", description="What was written, plain text, at most 65,536 bytes of UTF-8."
    )
    media: tuple[SocialMedia, ...] = Field(
        default=(), description="Files that came with it, at most 50.", max_length=50
    )
    sent_at: Moment = Field(description="When it was written, by the provider's clock, RFC 3339.")
    answer_to: Address | None = Field(
        default=None,
        description="What an answer is addressed to there, such as a group or a public post; "
        "null: the author.",
    )
    public: bool = Field(default=False, description="True if everybody can read it.")
    reach: Count | None = Field(
        default=None, description="How many people may see it, as the network says; null if not."
    )
    language: Language | None = Field(
        default=None, description="Language as the network says, BCP 47; null if it does not."
    )

    def record_key(self) -> str:
        return self.thread_id
