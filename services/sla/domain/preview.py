"""What a draft would do: to the clocks that run now, and to tickets of the past."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.sla.domain.book import Book
from services.sla.domain.clocks import Clock, ClockKey, Outcome
from services.sla.domain.fold import fold
from services.sla.domain.history import Step
from services.sla.domain.policy import Policy, PolicySet

FIRST = 100
"""Clocks that would be late at once which are told one by one."""


@dataclass(frozen=True, slots=True)
class Late:
    """A running clock that would be late at once."""

    ticket: UUID
    kind: str
    policy: str
    due_at: datetime
    due_before: datetime | None


@dataclass(slots=True)
class Preview:
    """Running clocks: how many would move, and which would be late as soon as it is published.

    moved: another due instant or policy, or promised no longer (`dropped`). now and draft: running
    clocks by the id of their policy.
    """

    tickets: int = 0
    open: int = 0
    moved: int = 0
    dropped: int = 0
    late: int = 0
    first_late: list[Late] = field(default_factory=list)
    now: Counter[str] = field(default_factory=Counter)
    draft: Counter[str] = field(default_factory=Counter)

    def take(self, ticket: UUID, before: Clock, after: Clock | None, at: datetime) -> None:
        """One running clock, as it is and as it would be."""
        self.open += 1
        self.now[before.policy_id] += 1
        if after is None or after.outcome is not Outcome.RUNNING:
            self.moved += 1
            self.dropped += 1
            return
        self.draft[after.policy_id] += 1
        self.moved += (after.policy_id, after.due_at) != (before.policy_id, before.due_at)
        if after.broken(at) and not before.broken(at):
            self.late += 1
            if len(self.first_late) < FIRST:
                self.first_late.append(
                    Late(ticket, after.kind, after.policy_id, after.due_at, before.due_at)
                )


@dataclass(slots=True)
class Replay:
    """Promises to tickets of the past: priority → met and breached, by today's set and the draft's.

    A promise that still runs counts as breached if it is late by now, else not at all.
    """

    tickets: int = 0
    today: dict[str, Counter[str]] = field(default_factory=dict)
    draft: dict[str, Counter[str]] = field(default_factory=dict)


def with_draft(book: Book, draft: Sequence[Policy], at: datetime) -> Book:
    """The book as it would be if the draft were published at `at`."""
    last = book.sets[-1] if book.sets else None
    since = max(at, last.since) if last and last.since else at
    published = PolicySet((last.version if last else 0) + 1, since, tuple(draft))
    return replace(book, sets=(*book.sets, published))


def always(book: Book, policies: Sequence[Policy]) -> Book:
    """A book in which the policies, and calendars as they are now, have held all the time."""
    calendars = {
        id: (replace(versions[-1], since=None),) for id, versions in book.calendars.items()
    }
    return replace(book, sets=(PolicySet(1, None, tuple(policies)),), calendars=calendars)


def preview(
    found: Preview, histories: Mapping[UUID, list[Step]], now: Book, draft: Book, at: datetime
) -> None:
    """Adds tickets to a preview."""
    for ticket, steps in histories.items():
        found.tickets += 1
        after = fold(steps, draft)
        for key, clock in _running(fold(steps, now)):
            found.take(ticket, clock, after.get(key), at)


def replay(
    found: Replay, histories: Mapping[UUID, list[Step]], today: Book, draft: Book, at: datetime
) -> None:
    """Adds tickets to a replay."""
    for steps in histories.values():
        found.tickets += 1
        _decided(found.today, fold(steps, today).values(), at)
        _decided(found.draft, fold(steps, draft).values(), at)


def _running(clocks: Mapping[ClockKey, Clock]) -> Iterable[tuple[ClockKey, Clock]]:
    return (each for each in clocks.items() if each[1].outcome is Outcome.RUNNING)


def _decided(counts: dict[str, Counter[str]], clocks: Iterable[Clock], at: datetime) -> None:
    for clock in clocks:
        if clock.broken(at):
            counts.setdefault(clock.priority, Counter())["breached"] += 1
        elif clock.outcome is Outcome.MET:
            counts.setdefault(clock.priority, Counter())["met"] += 1
