"""What happened to a ticket, as far as clocks need to know it."""

import hashlib
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID


class What(StrEnum):
    """What a step did; within one sequence number the steps count in this order."""

    ASKED = "asked"
    """A customer opened the ticket: an answer and a solution are owed."""
    OPENED = "opened"
    """Somebody else opened it: a solution is owed, and nobody waits for a first answer."""
    ANSWERED = "answered"
    """An agent answered the customer, in public and by hand."""
    SOLVED = "solved"
    REOPENED = "reopened"
    """The solution did not hold: one is owed again."""
    WROTE = "wrote"
    """The customer wrote again: an answer is owed, unless one is already."""
    FAILED = "failed"
    """An answer did not reach the customer: it counts as never given."""
    CHANGED = "changed"
    """Something else about the ticket; its facts say what it is now."""


_ORDER = {what: place for place, what in enumerate(What)}


@dataclass(frozen=True, slots=True)
class Facts:
    """The ticket after a step, as far as promises depend on it.

    customer: the key of who asked (see customer_key). ended_by: of a promise that has ended, the
    agent who saw to that.
    """

    status: str = "open"
    priority: str = "normal"
    team: str | None = None
    assignee: str | None = None
    tier: str = "L1"
    category: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    channel: str = "other"
    customer: str | None = None
    ended_by: str | None = None

    @property
    def dropped(self) -> bool:
        """Whether nobody owes anything on it any more, though it was not solved."""
        return self.status in DROPPED

    @property
    def ended(self) -> bool:
        """Whether its status is one in which no solution is owed."""
        return self.status in DROPPED or self.status in SETTLED

    def written(self) -> dict[str, Any]:
        """What is not as usual, for storing."""
        found = {name: getattr(self, name) for name in _NAMES}
        return {name: value for name, value in found.items() if value != _USUAL[name]}

    @classmethod
    def read(cls, written: dict[str, Any]) -> "Facts":
        """What was stored; fields of a later version are left out."""
        known = {name: value for name, value in written.items() if name in _USUAL}
        if "tags" in known:
            known["tags"] = tuple(known["tags"])
        return cls(**known)


@lru_cache(maxsize=4096)
def customer_key(address: str | None) -> str | None:
    """What a customer is known by here: a hash of an address, so that none has to be erased."""
    if not address:
        return None
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:32]


DROPPED = frozenset({"merged", "spam", "cancelled"})
"""Statuses that end every promise: the ticket lives on in another one, or never was one."""

SETTLED = frozenset({"solved", "closed"})
"""Statuses of a ticket whose solution was given."""

_NAMES = tuple(field.name for field in fields(Facts))
_USUAL = {field.name: field.default for field in fields(Facts)}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a ticket.

    sequence: the ticket's, which decides the order. at: when it happened, which decides lengths.
    ref: the message of an answer, or of the answer that failed. by, by_agent: who did it.
    """

    sequence: int
    what: What
    at: datetime
    facts: Facts = Facts()
    ref: UUID | None = None
    by: str = "system"
    by_agent: str | None = None

    @property
    def actor(self) -> str:
        """Who did it, for people: `agent <id>`, customer, bot or system."""
        return f"{self.by} {self.by_agent}" if self.by_agent else self.by

    @property
    def place(self) -> tuple[int, int]:
        """Where it belongs in the ticket's history; the same place twice is the same step."""
        return self.sequence, _ORDER[self.what]
