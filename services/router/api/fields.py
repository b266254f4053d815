"""Types of the fields that callers send."""

import re
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.contracts.payload import Text as ContractText

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

# An addr-spec (RFC 5322) as far as answers can be sent to it: no quoting, an ASCII local part.
_ADDR_SPEC: Final = re.compile(
    r"(?!.*\s)[!#-'*+./0-9=?A-Z^-~-]{1,64}@[A-Za-z0-9\u0080-\U0010ffff.-]{1,253}"
)


def _without_nul(text: str) -> str:
    # PostgreSQL holds every character but this one.
    return text.replace("\0", "")


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("there is nothing but blanks in it")
    return text


Title = Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTABLE)]
Subject = Annotated[str, Field(min_length=1, max_length=500, pattern=_PRINTABLE)]
Reason = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Key = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Channel = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
AnsweredBy = Literal["email", "chat", "social", "voice", "form"]
"""The channels that there are accounts of: nothing is sent by any other."""
Address = Annotated[str, Field(min_length=1, max_length=320, pattern=_PRINTABLE)]
Language = Annotated[
    str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", examples=["de"])
]
Markup = Annotated[ContractText, AfterValidator(_without_nul)]
Words = Annotated[Markup, AfterValidator(_said)]
"""What somebody says: at most 65,536 bytes of UTF-8, and not nothing."""

TicketId = Annotated[UUID, Path(description="Id of the ticket")]
AgentId = Annotated[UUID, Path(description="Id of the agent; the `sub` of their tokens")]


def is_mail_address(text: str) -> bool:
    """Whether a mail can be sent to it."""
    return _ADDR_SPEC.fullmatch(text) is not None


class Asked(BaseModel):
    """A request body: what we do not know in it is a mistake, and said so."""

    model_config = ConfigDict(extra="forbid")


def example(**values: Any) -> ConfigDict:
    """The configuration of a request body with an example of it for the documentation."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})
