"""A telephone call, as messages tell it."""

from typing import Annotated

from pydantic import Field

from .payload import Count, ExternalId, Line, Part, open_enum

CallOutcome = Annotated[str, open_enum("answered", "missed", "voicemail", "callback", "unknown")]
"""How a call ended; callback: the caller wants to be called; unknown: its end never came."""


class Call(Part):
    """The telephone call that a message stands for."""

    call_id: ExternalId = Field(description="The telephone system's id of it.")
    outcome: CallOutcome = Field(description="How it ended.")
    waiting_seconds: Count | None = Field(
        default=None, description="How long the caller waited; null if unknown."
    )
    talking_seconds: Count | None = Field(
        default=None, description="How long they talked; null if they did not, or if unknown."
    )
    answered_by: ExternalId | None = Field(
        default=None, description="Who talked to them last, as the telephone system names it."
    )
    recording_url: Line | None = Field(
        default=None,
        description="Where people listen to the recording; null: see the attachments.",
    )
