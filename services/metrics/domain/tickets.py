"""What the KPIs need of one ticket, folded from its events in any order of arrival.

An event's place among the others of its ticket is its `sequence`; arrival decides nothing. So a
fact is a function of the set of events seen: in another order, or with repeats, it is the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

LONGEST = 60
"""Steps kept for one ticket before those that repeat the state before them are given up."""


NONE = "-"
"""Stands for no value of a dimension, such as no team yet."""


class Place(NamedTuple):
    """Where a ticket belongs; NONE where it belongs nowhere."""

    channel: str
    team: str
    priority: str


class Step(NamedTuple):
    """The state that one event left a ticket in."""

    sequence: int
    at: datetime
    unsolved: bool
    place: Place

    def leaves(self, before: "Step") -> bool:
        """Whether anything that the backlog counts by differs from the step before."""
        return self.unsolved != before.unsolved or self.place != before.place


@dataclass(frozen=True, slots=True)
class Observation:
    """What one event says: the step, and the ticket's times after it (UTC)."""

    step: Step
    opened_at: datetime
    resolved_at: datetime | None
    replied_at: datetime | None
    """When the event is a public reply, by an agent and not automatic, its time; else None."""


@dataclass(frozen=True, slots=True)
class Fact:
    """All that is counted of one ticket. `steps` are in order of sequence, never empty.

    `opened_at` and `resolved_at` are those of the last step; `replied_at` is the time of the
    earliest reply by an agent.
    """

    opened_at: datetime
    resolved_at: datetime | None
    replied_at: datetime | None
    steps: tuple[Step, ...]

    @property
    def place(self) -> Place:
        """Where the ticket belongs now."""
        return self.steps[-1].place


def fold(fact: Fact | None, observations: Iterable[Observation]) -> Fact:
    """The fact after further observations; one whose sequence is known already changes nothing.

    There must be a fact or an observation.
    """
    steps = {step.sequence: step for step in fact.steps} if fact else {}
    last = max(steps, default=-1)
    times = (fact.opened_at, fact.resolved_at) if fact else None
    replied_at = fact.replied_at if fact else None
    for seen in observations:
        sequence = seen.step.sequence
        if sequence in steps:
            continue
        steps[sequence] = seen.step
        replied_at = _earliest(replied_at, seen.replied_at)
        if sequence > last:
            last, times = sequence, (seen.opened_at, seen.resolved_at)
    assert times is not None
    ordered = [steps[sequence] for sequence in sorted(steps)]
    return Fact(times[0], times[1], replied_at, _kept(ordered))


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _kept(steps: list[Step]) -> tuple[Step, ...]:
    """All steps, or when they are many: without the oldest of those that repeat the one before.

    Such a step matters only if an event between the two arrives after all, so many events late.
    """
    spare = len(steps) - LONGEST
    if spare <= 0:
        return tuple(steps)
    kept = steps[:1]
    for before, step in pairwise(steps):
        if spare > 0 and not step.leaves(before):
            spare -= 1
        else:
            kept.append(step)
    return tuple(kept)
