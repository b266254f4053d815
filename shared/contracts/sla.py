"""Promises about time: one clock is one promise running on one ticket."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from .payload import Count, Label, Moment, Name, Payload, Priority, open_enum

ClockKind = Annotated[str, open_enum("first-response", "next-response", "resolution", "assignment")]
"""What is promised; open enum."""


Reason = Annotated[str, Field(max_length=500)]
"""A few words for people."""


class ClockEvent(Payload):
    """What all clock events have in common: the whole clock after it. Kafka key: the ticket id."""

    clock_id: UUID = Field(description="The clock's id.")
    ticket_id: UUID = Field(description="Ticket it runs on.")
    kind: ClockKind = Field(description="What is promised.")
    policy: Name = Field(description="Name of the policy that promises it.")
    priority: Priority = Field(default="normal", description="Priority that chose the target.")
    team: Label | None = Field(default=None, description="Team the ticket is with; null if none.")
    target_seconds: Count = Field(description="Business seconds that were promised.")
    started_at: Moment = Field(description="When it began to run.")
    due_at: Moment = Field(description="When the promise ends, on the policy's calendar.")
    generation: Count = Field(
        description="`sequence` of the ticket event that started it: of one ticket's clocks of one "
        "kind the later one has the higher.",
    )
    retargets: Count = Field(
        default=0,
        description="How often it was given another target: with `generation` it names what is "
        "warned of and broken once.",
    )
    policy_id: Label = Field(default="default", description="Key of that policy.")
    policy_version: Count = Field(
        default=0, description="Version of the tenant's set of policies that it is in."
    )
    calendar: Label | None = Field(
        default=None, description="Calendar whose time counts; null: around the clock."
    )
    calendar_version: Count | None = Field(default=None, description="Version of the calendar.")
    at: Moment = Field(description="When it happened.")

    def record_key(self) -> str:
        return str(self.ticket_id)


class ClockStarted(ClockEvent):
    """A promise began. `due_at` is the time that may be told to the customer."""

    TYPE: ClassVar[str] = "support.clock.started.v1"


class ClockRetargeted(ClockEvent):
    """Something else is promised now; `due_at` is the new one. `at` is when that came about."""

    TYPE: ClassVar[str] = "support.clock.retargeted.v1"

    reason: Reason = Field(default="", description="What changed, such as `priority normal → high`")


class ClockPaused(ClockEvent):
    """It stands still from `at` on. `due_at` is as if it ran on from there."""

    TYPE: ClassVar[str] = "support.clock.paused.v1"

    reason: Reason = Field(default="", description="Why, such as `status pending`.")


class ClockResumed(ClockEvent):
    """It runs again, or a pause that came to light moved `due_at`."""

    TYPE: ClassVar[str] = "support.clock.resumed.v1"

    reason: Reason = Field(default="", description="Why, such as `status open` or `reopened`.")


class ClockDueSoon(ClockEvent):
    """Most of the time has gone by."""

    TYPE: ClassVar[str] = "support.clock.due-soon.v1"

    percent: int = Field(default=75, description="Percent of the target that has run.", ge=1, le=99)


class ClockBreached(ClockEvent):
    """The promise was not kept: `due_at` went by. `at` equals `due_at`, or is when a tighter target
    was set whose time had gone by already.
    """

    TYPE: ClassVar[str] = "support.clock.breached.v1"

    by_retarget: bool = Field(
        default=False,
        description="True if the target's time had gone by before the clock was given it.",
    )


class ClockBreachWithdrawn(ClockEvent):
    """The breach was announced in error: the clock had stopped in time, its event came late.

    `clock.met` or `clock.cancelled` follows. `at` is when it was withdrawn.
    """

    TYPE: ClassVar[str] = "support.clock.breach-withdrawn.v1"

    met_at: Moment | None = Field(
        default=None,
        description="When the promise had in fact been kept; null if it was no longer wanted.",
    )


class ClockMet(ClockEvent):
    """The promise was kept, or its matter was done after the breach: see `breached`."""

    TYPE: ClassVar[str] = "support.clock.met.v1"

    met_at: Moment = Field(description="When what was promised happened.")
    elapsed_seconds: Count = Field(description="Business seconds from `started_at` to `met_at`.")
    breached: bool = Field(default=False, description="True if `met_at` is after `due_at`.")


class ClockCancelled(ClockEvent):
    """What was promised is no longer wanted, such as a first answer to a solved ticket.

    It neither kept nor broke the promise, unless `breached`. `at` is when it stopped.
    """

    TYPE: ClassVar[str] = "support.clock.cancelled.v1"

    elapsed_seconds: Count = Field(description="Business seconds from `started_at` to `at`.")
    breached: bool = Field(default=False, description="True if `at` is after `due_at`.")
    reason: Reason = Field(default="", description="Why, such as `solved`, `merged` or `spam`.")
