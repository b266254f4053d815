"""What pages with a contact form publish."""

from typing import ClassVar

from pydantic import Field

from .payload import (
    Address,
    BlobRef,
    ExternalId,
    Language,
    Line,
    Moment,
    Name,
    Part,
    Payload,
    Text,
)


class FormField(Part):
    """Another field of the form, as it was filled in."""

    name: ExternalId = Field(description="Its name in the form.")
    label: Name = Field(default="", description="What the page calls it; empty: as its name.")
    value: Text = Field(description="What was filled in, at most 65,536 bytes of UTF-8.")


class FormFile(Part):
    """A file that came with a form; its bytes lie in the blob store."""

    name: str = Field(default="", description="File name as given, without a path.", max_length=255)
    blob: BlobRef = Field(description="Where the bytes lie, and what they are.")


class InboundFormSubmitted(Payload):
    """Somebody sent a form off. Kafka key: the submission id."""

    TYPE: ClassVar[str] = "support.inbound.form.submitted.v1"

    submission_id: ExternalId = Field(
        description="Names this submission within the channel account; the same for each retry."
    )
    submitted_at: Moment = Field(description="When it was sent off, RFC 3339.")
    name: Name | None = Field(default=None, description="Who sent it; null if not asked for.")
    email: Address | None = Field(
        default=None, description="Mail address to answer to, not verified; null if not given."
    )
    phone: Address | None = Field(
        default=None, description="Telephone number, best E.164; null if not given."
    )
    subject: Line | None = Field(default=None, description="What it is about; null if not asked.")
    text: Text = Field(
        default="", description="What the person wrote, at most 65,536 bytes of UTF-8."
    )
    fields: tuple[FormField, ...] = Field(
        default=(), description="What else was filled in, at most 100.", max_length=100
    )
    files: tuple[FormFile, ...] = Field(
        default=(), description="Files sent along, at most 20.", max_length=20
    )
    language: Language | None = Field(
        default=None, description="Language of the page, BCP 47; null if unknown."
    )
