"""Random ticket logs, and the KPIs reckoned from them in the plainest way."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from hypothesis import strategies as st

from services.metrics.domain.tickets import Observation, Place, Step

Kind = Literal["opened", "moved", "replied", "robot", "solved", "reopened", "closed"]
BEGIN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """One event of a ticket, with the whole ticket after it."""

    ticket: int
    sequence: int
    at: datetime
    kind: Kind
    place: Place
    opened_at: datetime
    solved: bool
    resolved_at: datetime | None

    @property
    def observation(self) -> Observation:
        step = Step(self.sequence, self.at, not self.solved, self.place)
        replied_at = self.at if self.kind == "replied" else None
        return Observation(step, self.opened_at, self.resolved_at, replied_at)


places = st.builds(
    Place,
    st.sampled_from(["email", "chat"]),
    st.sampled_from(["-", "billing", "tech"]),
    st.sampled_from(["normal", "urgent"]),
)
_kinds = st.sampled_from(["moved", "replied", "robot", "solved", "reopened", "closed"])
_milliseconds = st.integers(0, 3 * 60 * 60 * 1000)


@st.composite
def histories(draw: st.DrawFn, tickets: int = 3) -> list[Line]:
    """The log of a few tickets, each in order of sequence, with gaps in it."""
    log: list[Line] = []
    for ticket in range(draw(st.integers(1, tickets))):
        log += draw(_history(ticket))
    return log


@st.composite
def _history(draw: st.DrawFn, ticket: int) -> list[Line]:
    at = opened_at = BEGIN + timedelta(milliseconds=draw(_milliseconds))
    place, sequence, resolved_at = draw(places), draw(st.integers(1, 3)), None
    log = [Line(ticket, sequence, at, "opened", place, opened_at, False, None)]
    for kind in draw(st.lists(_kinds, max_size=8)):
        at += timedelta(milliseconds=draw(_milliseconds))
        sequence += draw(st.integers(1, 3))
        if kind == "moved":
            place = draw(places)
        elif kind in ("solved", "closed"):
            resolved_at = resolved_at or at
        elif kind == "reopened":
            resolved_at = None
        solved = resolved_at is not None
        log.append(Line(ticket, sequence, at, kind, place, opened_at, solved, resolved_at))
    return log


def shuffled(draw: st.DrawFn, log: list[Line]) -> list[Line]:
    """The same events in any order, some of them twice."""
    repeated = draw(st.lists(st.sampled_from(log), max_size=5))
    return draw(st.permutations(log + repeated))


def by_ticket(log: Iterable[Line]) -> dict[int, list[Line]]:
    """The events of each ticket, in the log's order."""
    tickets: dict[int, list[Line]] = defaultdict(list)
    for line in log:
        tickets[line.ticket].append(line)
    return tickets


Matches = dict[str, str]


def _fits(place: Place, limits: Matches) -> bool:
    return all(getattr(place, name) == value for name, value in limits.items())


def volume(log: list[Line], begin: datetime, end: datetime, limits: Matches) -> int:
    """Tickets opened in [begin, end) that now belong there."""
    return sum(
        begin <= lines[0].opened_at < end and _fits(lines[-1].place, limits)
        for lines in by_ticket(log).values()
    )


def backlog(log: list[Line], end: datetime, limits: Matches) -> int:
    """Tickets that are unsolved just before `end`, and belong there at that time."""
    waiting = 0
    for lines in by_ticket(log).values():
        so_far = [line for line in lines if line.at < end]
        waiting += bool(so_far) and not so_far[-1].solved and _fits(so_far[-1].place, limits)
    return waiting


def first_responses(
    log: list[Line], begin: datetime, end: datetime, limits: Matches
) -> list[timedelta]:
    """How long the tickets waited whose first reply came in [begin, end)."""
    found = []
    for lines in by_ticket(log).values():
        replies = [line.at for line in lines if line.kind == "replied"]
        if replies and begin <= replies[0] < end and _fits(lines[-1].place, limits):
            found.append(replies[0] - lines[0].opened_at)
    return found


def resolutions(
    log: list[Line], begin: datetime, end: datetime, limits: Matches
) -> list[timedelta]:
    """How long the tickets took that are solved now, and were solved in [begin, end)."""
    found = []
    for lines in by_ticket(log).values():
        solved_at = lines[-1].resolved_at
        if solved_at and begin <= solved_at < end and _fits(lines[-1].place, limits):
            found.append(solved_at - lines[0].opened_at)
    return found


HOME = Place("email", "-", "normal")
BILLING = Place("email", "billing", "normal")


def line(
    sequence: int, kind: Kind, minutes: float, place: Place = HOME, *, ticket: int = 0,
    opened: float = 0,
) -> Line:  # fmt: skip
    at = BEGIN + timedelta(minutes=minutes)
    solved = kind in ("solved", "closed")
    opened_at = BEGIN + timedelta(minutes=opened)
    return Line(ticket, sequence, at, kind, place, opened_at, solved, at if solved else None)
