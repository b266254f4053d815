"""Clocks: one promise running on one ticket, as far as it has come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

from services.sla.domain.calendar import Calendar
from services.sla.domain.history import Facts
from services.sla.domain.policy import Kind

ClockKey = tuple[Kind, int]
"""Kind and generation: what tells a clock from the others of its ticket."""


Announced = tuple[tuple[int, ...], int]
"""Stages of a clock by number of retargets, and how often its breach was taken back."""

_UNKNOWN = Facts()


class Outcome(StrEnum):
    """How a clock ended, if it has."""

    RUNNING = "running"
    MET = "met"
    """What was promised happened, in time or late."""
    CANCELLED = "cancelled"
    """What was promised is no longer wanted."""


class Stage(IntEnum):
    """What has been announced because time went by, as it stands; whether it is so is another
    question, which the clock's instants answer.
    """

    QUIET = 0
    DUE_SOON = 1
    BREACHED = 2
    WITHDRAWN = 3
    """The breach was taken back; one that comes about after all is announced as another one."""


class Entry(NamedTuple):
    """One line of a clock's history. what: started, paused, resumed, retargeted, warned, breached,
    met, cancelled.

    wall_seconds and business_seconds have gone by since the start. why: in words. by: who did it.
    """

    what: str
    at: datetime
    wall_seconds: int
    business_seconds: int
    why: str = ""
    by: str = ""


class Stretch(NamedTuple):
    """A piece of a clock's life in which the ticket stayed as it was.

    calendar: by which it counted, None where it did not count. why: why it did not count.
    """

    start: datetime
    end: datetime
    calendar: Calendar | None
    facts: Facts
    why: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise running on one ticket.

    generation: the `sequence` of the ticket event that started it; with `retargets`, how often it
    was given another target since, it names what is announced once. paused_at: since when it
    stands still, also of a clock that ended so; its instants are as if it ran on from there.
    retargeted_at: when it got its present target, None for the first. set_version,
    calendar_version: what its promise was last checked against. past: stages of other retargets.
    withdrawals: how often an announced breach of it was taken back.

    hours (None while it stands still), standing (why it does), entries and stretches are told by
    the history alone: a clock that was read from the database
    has none.
    """

    kind: Kind
    generation: int
    policy: str
    priority: str
    team: str | None
    target_seconds: int
    started_at: datetime
    due_soon_at: datetime
    due_at: datetime
    outcome: Outcome = Outcome.RUNNING
    ended_at: datetime | None = None
    stage: Stage = Stage.QUIET
    retargets: int = 0
    retargeted_at: datetime | None = None
    paused_at: datetime | None = None
    elapsed_seconds: int = 0
    policy_id: str = "default"
    set_version: int = 0
    calendar: str = ""
    calendar_version: int = 0
    warn_seconds: int | None = None
    why: str = field(default="", compare=False)
    """Why it was last paused, resumed, given another target, or cancelled."""
    past: tuple[int, ...] = ()
    withdrawals: int = 0
    facts: Facts = _UNKNOWN
    hours: Calendar | None = field(default=None, compare=False, repr=False)
    standing: str = field(default="", compare=False, repr=False)
    entries: tuple[Entry, ...] = field(default=(), compare=False, repr=False)
    stretches: tuple[Stretch, ...] = field(default=(), compare=False, repr=False)

    @property
    def key(self) -> ClockKey:
        """What tells it from the ticket's other clocks."""
        return self.kind, self.generation

    @property
    def breaks_at(self) -> datetime | None:
        """When the promise is broken if nothing happens; None while it stands still before that.

        A target that was set when its time had gone by already is broken from then on.
        """
        if self.paused_at is not None and self.due_at >= self.paused_at:
            return None
        return max(self.due_at, self.retargeted_at) if self.retargeted_at else self.due_at

    @property
    def warns_at(self) -> datetime | None:
        """When it is nearly due; None if nobody wants to know, or if it is broken already."""
        soon = self.due_soon_at
        if soon >= self.due_at or (self.paused_at and soon >= self.paused_at):
            return None
        if self.retargeted_at and self.due_at <= self.retargeted_at:
            return None
        return max(soon, self.retargeted_at) if self.retargeted_at else soon

    @property
    def next_at(self) -> datetime | None:
        """When the passing of time has to be announced next; None when it never has."""
        if self.outcome is not Outcome.RUNNING or self.stage is Stage.BREACHED:
            return None
        warns_at = self.warns_at if self.stage is Stage.QUIET else None
        return warns_at or self.breaks_at

    @property
    def late(self) -> bool:
        """Whether it ended after it was due."""
        if self.ended_at is None:
            return False
        return (self.paused_at or self.ended_at) > self.due_at

    @property
    def breached(self) -> bool:
        """Whether the promise is broken, as far as anybody has noticed."""
        return self.late or self.stage is Stage.BREACHED

    @property
    def decided(self) -> bool:
        """Whether it has ended, or its promise is broken."""
        return self.outcome is not Outcome.RUNNING or self.stage is Stage.BREACHED

    def marks(self) -> Iterator[Entry]:
        """When its present target was nearly reached and reached, or will be, as lines of its
        history. What has not come about by its pause or its end does not belong there.
        """
        for what, at, seconds in (
            ("warned", self.warns_at, self.warn_seconds or 0),
            ("breached", self.breaks_at, self.target_seconds),
        ):
            if at is not None:
                wall = int((at - self.started_at).total_seconds())
                yield Entry(what, at, wall, seconds, by="time")

    def broken(self, now: datetime) -> bool:
        """Whether the promise is broken by `now`, noticed or not."""
        if self.outcome is not Outcome.RUNNING:
            return self.late
        breaks_at = self.breaks_at
        return breaks_at is not None and breaks_at <= now

    @property
    def stands(self) -> bool:
        """Whether a breach of it has been announced, under any target, and not taken back."""
        return self.stage is Stage.BREACHED or Stage.BREACHED in self.past

    def withdrawn(self) -> "Clock":
        """This clock, its announced breach taken back."""
        past = tuple(Stage.WITHDRAWN if each == Stage.BREACHED else each for each in self.past)
        stage = Stage.WITHDRAWN if self.stage is Stage.BREACHED else self.stage
        return replace(self, stage=stage, past=past, withdrawals=self.withdrawals + 1)

    def with_stages_of(self, before: "Clock | None") -> "Clock":
        """This clock with what was announced of it before, under each number of retargets."""
        if before is None:
            return self
        if not (before.retargets or self.retargets or before.past):
            if before.stage is self.stage and before.withdrawals == self.withdrawals:
                return self
            return replace(self, stage=before.stage, withdrawals=before.withdrawals)
        return self.with_announced(before.announced)

    @property
    def announced(self) -> Announced:
        """What was announced of it because time went by."""
        past = [*self.past, *[0] * (self.retargets + 1 - len(self.past))]
        past[self.retargets] = self.stage
        return tuple(past), self.withdrawals

    def with_announced(self, announced: Announced) -> "Clock":
        """This clock with what was announced of it before."""
        stages, withdrawals = announced
        past = (*stages, *[0] * (self.retargets + 1 - len(stages)))
        stage = Stage(past[self.retargets])
        kept = past if len(past) > 1 else ()
        return replace(self, stage=stage, past=kept, withdrawals=withdrawals)


Clocks = Mapping[ClockKey, Clock]
