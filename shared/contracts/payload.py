"""What every payload is made of: the frozen model, the claim check, and typed, limited fields.

An **open enum** is a string of at most 40 characters whose known values its JSON Schema lists under
`x-extensible-enum`. A writer uses the listed values; a reader accepts any other and treats it as
`other`, so that a new value never breaks it. Everything written as a `Literal` is closed for good.
"""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

MAX_TEXT_BYTES = 65_536
"""Longest body that travels inside an event, in bytes of UTF-8; a longer one travels as a blob."""


class Part(BaseModel):
    """A piece of a payload. Frozen; unknown fields are ignored, so that writers may be newer."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Payload(Part):
    """The data of one event; a subclass names its CloudEvents type."""

    TYPE: ClassVar[str]
    """Such as `support.ticket.opened.v1`."""

    def record_key(self) -> str | None:
        """The key of the Kafka record that carries it, where the data decide it; else None."""
        return None


def open_enum(*values: str) -> FieldInfo:
    """An enum that may grow: `values` are known today, any other short word is accepted."""
    field: FieldInfo = Field(
        min_length=1,
        max_length=40,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        json_schema_extra={"x-extensible-enum": list(values)},
    )
    return field


def _within_text_bytes(text: str) -> str:
    # A character is at least a quarter of its bytes: short texts need no encoding to be sure.
    if len(text) * 4 > MAX_TEXT_BYTES and len(text.encode()) > MAX_TEXT_BYTES:
        raise ValueError(f"longer than {MAX_TEXT_BYTES} bytes of UTF-8: send it as a blob")
    return text


def _is_base64(text: str) -> str:
    try:
        decoded = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from None
    if len(decoded) > MAX_TEXT_BYTES:
        raise ValueError(f"longer than {MAX_TEXT_BYTES} bytes: send it as a blob")
    return text


# Outside these bounds a time is a fault of its sender, and near the ends of the calendar it could
# not be moved between zones.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)

Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
"""A point in time with its zone, RFC 3339, years 1900 to 2999. Writers send UTC."""

Text = Annotated[str, Field(max_length=MAX_TEXT_BYTES), AfterValidator(_within_text_bytes)]
"""A body of at most 64 KiB of UTF-8."""

# 4 base64 characters for each 3 bytes that were begun.
Base64 = Annotated[
    str,
    Field(
        max_length=(MAX_TEXT_BYTES + 2) // 3 * 4, json_schema_extra={"contentEncoding": "base64"}
    ),
    AfterValidator(_is_base64),
]
"""At most 64 KiB of bytes in standard base64 with padding and without line breaks."""

Line = Annotated[str, Field(max_length=998)]
"""One line, at most the 998 characters that RFC 5322 allows a header line."""

Name = Annotated[str, Field(max_length=200)]
"""A display name, at most 200 characters."""

Label = Annotated[str, Field(min_length=1, max_length=60)]
"""A short key that people chose, such as a team, a tag or a category; 1 to 60 characters."""

Address = Annotated[str, Field(min_length=1, max_length=320)]
"""A mail address, an E.164 telephone number or a channel's own handle; 1 to 320 characters."""

ExternalId = Annotated[str, Field(min_length=1, max_length=200)]
"""An id that somebody else minted, 1 to 200 characters."""

Tenant = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""A company using Deskstream: a lower-case slug of at most 40 characters."""

Language = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
"""A language tag after BCP 47, such as `de`, `pt-BR` or `zh-Hant`."""

Count = Annotated[int, Field(ge=0, le=2**53)]
"""A number of things, never negative; within what JSON readers hold exactly."""

Channel = Annotated[str, open_enum("email", "chat", "social", "voice", "form")]
"""The kind of channel a contact came by; open enum."""

Status = Annotated[str, open_enum("new", "open", "pending", "on-hold", "solved", "closed")]
"""Where a ticket stands: pending waits for the customer, on-hold for others; open enum."""

Priority = Annotated[str, open_enum("urgent", "high", "normal", "low")]
"""How much a ticket presses; open enum."""

Tier = Annotated[str, open_enum("L1", "L2", "L3")]
"""The support level that a ticket is at; open enum."""


class BlobRef(Part):
    """A claim check: the bytes lie in the blob store, and this names them."""

    key: str = Field(
        description="Key in the blob store: `<service>/<tenant>/<sha256>`.",
        min_length=1,
        max_length=300,
    )
    size: Count = Field(description="Length of the blob in bytes.")
    sha256: str = Field(
        description="SHA-256 of the blob in lower-case hexadecimal.", pattern=r"^[0-9a-f]{64}$"
    )
    media_type: str = Field(
        default="application/octet-stream",
        description="Media type of the blob, such as `message/rfc822`.",
        max_length=255,
    )


class Party(Part):
    """Somebody on one end of a message."""

    name: Name | None = Field(default=None, description="Display name as given; null if unknown.")
    address: Address | None = Field(
        default=None,
        description="Mail address, E.164 number or channel handle; null if unknown.",
    )
