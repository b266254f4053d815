"""Clocks: what a ticket's history makes of the promises, in whatever order the history came in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from services.sla.domain import calendar
from services.sla.domain.history import Step, What
from services.sla.domain.policy import Kind, PolicySet, choose, in_force

DUE_SOON_PERCENT = 75
ClockKey = tuple[Kind, int]
"""Kind and generation: what tells a clock from the others of its ticket."""


class Outcome(StrEnum):
    """How a clock ended, if it has."""

    RUNNING = "running"
    MET = "met"
    """What was promised happened, in time or late."""
    CANCELLED = "cancelled"
    """What was promised is no longer wanted."""


class Stage(IntEnum):
    """What has been announced because time went by; it only ever rises."""

    QUIET = 0
    DUE_SOON = 1
    BREACHED = 2
    WITHDRAWN = 3
    """The breach was taken back; it is not announced a second time, whatever comes to light."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise running on one ticket.

    generation: the `sequence` of the ticket event that started it.
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

    @property
    def key(self) -> ClockKey:
        """What tells it from the ticket's other clocks."""
        return self.kind, self.generation

    @property
    def next_at(self) -> datetime | None:
        """When the passing of time has to be announced next; None when it never has."""
        if self.outcome is not Outcome.RUNNING or self.stage >= Stage.BREACHED:
            return None
        return self.due_at if self.stage is Stage.DUE_SOON else self.due_soon_at

    @property
    def late(self) -> bool:
        """Whether it ended after it was due."""
        return self.ended_at is not None and self.ended_at > self.due_at

    @property
    def breached(self) -> bool:
        """Whether the promise is broken, as far as anybody has noticed."""
        return self.late or self.stage is Stage.BREACHED

    @property
    def elapsed_seconds(self) -> int:
        """Business seconds that it ran before it ended; 0 while it runs."""
        return (
            calendar.between(calendar.AROUND_THE_CLOCK, self.started_at, self.ended_at)
            if self.ended_at
            else 0
        )

    @property
    def running(self) -> "Clock":
        """The clock as it was before it ended."""
        if self.outcome is Outcome.RUNNING:
            return self
        return replace(self, outcome=Outcome.RUNNING, ended_at=None)


_STARTS = {
    What.ASKED: (Kind.FIRST_RESPONSE, Kind.RESOLUTION),
    What.OPENED: (Kind.RESOLUTION,),
    What.REOPENED: (Kind.RESOLUTION,),
}
_ENDS = {
    What.ANSWERED: {Kind.FIRST_RESPONSE: Outcome.MET},
    # Nobody waits for the first answer to a matter that is settled; counting it as kept would
    # reward closing tickets unanswered.
    What.SOLVED: {Kind.RESOLUTION: Outcome.MET, Kind.FIRST_RESPONSE: Outcome.CANCELLED},
}


Clocks = Mapping[ClockKey, Clock]


def fold(
    history: Iterable[Step], policies: Sequence[PolicySet], promised: Clocks | None = None
) -> dict[ClockKey, Clock]:
    """All clocks that a ticket has had, as its history leaves them.

    Any order and repetition of the same steps gives the same clocks. `policies`: the versions of
    the tenant's policy in rising order. `promised`: clocks that were started before; they keep
    their instants, whatever the policy says now, and what was announced about them (`stage`).
    """
    clocks: dict[ClockKey, Clock] = {}
    running: dict[Kind, Clock] = {}
    for step in sorted({step.place: step for step in history}.values(), key=_place):
        for kind, outcome in _ENDS.get(step.what, {}).items():
            _end(clocks, running, kind, outcome, step.at)
        for kind in _STARTS.get(step.what, ()):
            # Only a history with a gap starts what still runs: one promise of a kind at a time.
            _end(clocks, running, kind, Outcome.CANCELLED, step.at)
            if (clock := _started(kind, step, policies, promised or {})) is not None:
                clocks[clock.key] = running[kind] = clock
    return clocks


def _place(step: Step) -> tuple[int, int]:
    return step.place


def _started(
    kind: Kind, step: Step, policies: Sequence[PolicySet], promised: Clocks
) -> Clock | None:
    if (clock := promised.get((kind, step.sequence))) is not None:
        return clock.running
    policy = choose(in_force(policies, step.at), {})
    target = policy.target(kind, step.priority) if policy else None
    if policy is None or target is None:
        return None
    # Rounded up: a warning is never early.
    warn_after = -(-target * DUE_SOON_PERCENT // 100)
    return Clock(
        kind=kind, generation=step.sequence, policy=policy.name, priority=step.priority,
        team=step.team, target_seconds=target, started_at=step.at,
        due_soon_at=calendar.add(calendar.AROUND_THE_CLOCK, step.at, warn_after),
        due_at=calendar.add(calendar.AROUND_THE_CLOCK, step.at, target),
    )  # fmt: skip


def _end(
    clocks: dict[ClockKey, Clock],
    running: dict[Kind, Clock],
    kind: Kind,
    outcome: Outcome,
    at: datetime,
) -> None:
    if (clock := running.pop(kind, None)) is not None:
        clocks[clock.key] = replace(clock, outcome=outcome, ended_at=at)
