"""What telephone systems and their adapters publish: how a call went, step by step.

The steps of one call may come in any order and more than once; readers put them together by call.
"""

from typing import ClassVar

from pydantic import Field

from .payload import (
    Address,
    BlobRef,
    Count,
    ExternalId,
    Language,
    Line,
    Moment,
    Name,
    Part,
    Payload,
)


class Recording(Part):
    """What was recorded of a call, or a message that the caller left."""

    blob: BlobRef | None = Field(
        default=None, description="Where the sound lies; null if only the telephone system has it."
    )
    url: Line | None = Field(
        default=None,
        description="Where people listen to it; null if there is no such address.",
        pattern=r"^https?://[^\s<>]+$",
    )
    seconds: Count | None = Field(default=None, description="How long it is; null if unknown.")


class VoiceEvent(Payload):
    """What all steps of a call have in common. Kafka key: the call id."""

    call_id: ExternalId = Field(description="The call, unique within the channel account.")
    at: Moment = Field(description="When this happened, by the telephone system's clock, RFC 3339.")
    caller: Address | None = Field(
        default=None,
        description="Number that called, best E.164, else as dialled in the account's country; "
        "null if it was withheld or is told by another step.",
    )
    caller_name: Name | None = Field(
        default=None, description="Name that the telephone system shows; null if none."
    )
    called: Address | None = Field(
        default=None, description="Number that was called; null if unknown."
    )
    language: Language | None = Field(
        default=None, description="Language the caller chose, BCP 47; null if unknown."
    )

    def record_key(self) -> str:
        return self.call_id


class InboundVoiceCallStarted(VoiceEvent):
    """Somebody calls; `at`: when they began to wait."""

    TYPE: ClassVar[str] = "support.inbound.voice.call-started.v1"


class InboundVoiceAnswered(VoiceEvent):
    """Somebody took the call, or took it over from a colleague."""

    TYPE: ClassVar[str] = "support.inbound.voice.answered.v1"

    by: ExternalId | None = Field(
        default=None, description="Who took it: an extension, a name; null if unknown."
    )
    transferred: bool = Field(
        default=False, description="True if a colleague had answered it before."
    )


class InboundVoiceMissed(VoiceEvent):
    """The caller gave up or was sent away before anybody answered; they may have left a message."""

    TYPE: ClassVar[str] = "support.inbound.voice.missed.v1"

    voicemail: Recording | None = Field(
        default=None, description="The message that the caller left; null if none (yet)."
    )
    wished_at: Moment | None = Field(
        default=None, description="When the caller wants to be called back; null: no such wish."
    )


class InboundVoiceEnded(VoiceEvent):
    """The call is over; without an `answered` it was missed."""

    TYPE: ClassVar[str] = "support.inbound.voice.ended.v1"

    waiting_seconds: Count | None = Field(
        default=None, description="How long the caller waited; null: from the steps' times."
    )
    talking_seconds: Count | None = Field(
        default=None, description="How long they talked; null: from the steps' times."
    )
    recording: Recording | None = Field(
        default=None, description="What was recorded of it; null if nothing (yet)."
    )


class InboundVoiceCallbackRequested(VoiceEvent):
    """A caller, or somebody on a page, wants to be called."""

    TYPE: ClassVar[str] = "support.inbound.voice.callback-requested.v1"

    number: Address | None = Field(
        default=None, description="Number to call; null: the one that called."
    )
    wished_at: Moment | None = Field(
        default=None, description="When they want to be called; null: as soon as possible."
    )
    text: Line | None = Field(default=None, description="What it is about; null if not said.")
