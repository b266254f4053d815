"""What happened to a ticket, as far as clocks need to know it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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


_ORDER = {what: place for place, what in enumerate(What)}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a ticket.

    sequence: the ticket's, which decides the order. at: when it happened, which decides lengths.
    priority and team: the ticket's after it.
    """

    sequence: int
    what: What
    at: datetime
    priority: str = "normal"
    team: str | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where it belongs in the ticket's history; the same place twice is the same step."""
        return self.sequence, _ORDER[self.what]
