"""What is owed, while its history is being gone through: from its start to its end, and on."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.sla.domain.book import Terms
from services.sla.domain.calendar import Calendar, NeverOpen, after, passed
from services.sla.domain.clocks import Clock, Entry, Outcome, Stretch
from services.sla.domain.history import Facts
from services.sla.domain.policy import Kind

SECOND = 1_000_000
_NEVER = timedelta(days=20 * 365)
"""How far off something is due if the calendar does not open for 20 years."""


@dataclass(slots=True)
class Run:
    """One thing that is owed. It is a clock as soon as somebody has promised when.

    at: how far its life has been written down. spent: microseconds that have counted until then.
    """

    kind: Kind
    generation: int
    started_at: datetime
    facts: Facts
    at: datetime = field(init=False)
    spent: int = 0
    lengths: list[int] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    terms: Terms | None = None
    promised: Terms | None = None
    retargets: int = 0
    retargeted_at: datetime | None = None
    paused_at: datetime | None = None
    paused_by: str = ""
    outcome: Outcome = Outcome.RUNNING
    ended_at: datetime | None = None
    why: str = ""
    unpromised: bool = False
    """Whether it ended only because nothing was promised any more."""
    told: Clock | None = None
    """The clock that it was when it was last asked; None since something has changed about it."""
    reached: tuple[datetime, datetime] | None = None
    """When its warning and its target will be, or were, reached; None since that has changed."""

    def __post_init__(self) -> None:
        self.at = self.started_at

    @property
    def active(self) -> bool:
        """Whether it is still owed."""
        return self.outcome is Outcome.RUNNING

    def advance(self, to: datetime) -> None:
        """Writes down the time until `to`; an instant that has gone by already adds nothing."""
        if to <= self.at:
            return
        counts = self.active and self.paused_at is None
        hours = self.terms.hours if counts and self.terms else None
        length = passed(hours, self.at, to) if hours else 0
        self._write_down(to, hours, length)
        self.spent += length
        self.at = to

    def _write_down(self, to: datetime, hours: Calendar | None, length: int) -> None:
        why = self._uncounted()
        last = self.stretches[-1] if self.stretches else None
        if last and (last.calendar, last.facts, last.why) == (hours, self.facts, why):
            self.stretches[-1] = Stretch(last.start, to, hours, last.facts, why)
            self.lengths[-1] += length
        else:
            self.stretches.append(Stretch(self.at, to, hours, self.facts, why))
            self.lengths.append(length)

    def _uncounted(self) -> str:
        if not self.active:
            return self.why
        return f"paused: {self.facts.status}, by {self.paused_by}" if self.paused_at else ""

    def become(self, facts: Facts) -> None:
        """The ticket is like this from now on."""
        if self.facts != facts:
            self.facts, self.told = facts, None

    def _forget(self) -> None:
        self.told = self.reached = None

    def agree(self, terms: Terms | None, at: datetime, why: str, by: str) -> None:
        """Takes what is promised now; other terms than before are another target."""
        self.advance(at)
        before, self.terms = self.promised, terms
        if terms is before and self.active:
            return
        if before and terms and (before.key != terms.key or not self.active):
            self._note_reached()
        self._forget()
        if terms is None:
            if before is not None and self.active:
                self.end(Outcome.CANCELLED, at, f"nothing is promised any more: {why}", by)
                self.unpromised = True
            return
        self.promised = terms
        if before is None:
            self._count_from_start(terms)
            self._note("started", self.started_at, 0, "", by)
        elif before.key != terms.key or not self.active:
            self.outcome, self.ended_at, self.unpromised = Outcome.RUNNING, None, False
            self.retargets += 1
            self.retargeted_at = self.at
            self.why = why
            self._note("retargeted", self.at, self.spent, why, by)

    def _note_reached(self) -> None:
        """Writes down the warning and the breach of the target that it has had."""
        clock = self.clock()
        assert clock is not None
        until = clock.paused_at or clock.ended_at or self.at
        self.entries += [mark for mark in clock.marks() if mark.at < until]

    def _count_from_start(self, terms: Terms) -> None:
        """What was owed before it was promised counts from its start, by the new calendar."""
        for place, each in enumerate(self.stretches):
            self.stretches[place] = Stretch(each.start, each.end, terms.hours, each.facts)
            self.lengths[place] = passed(terms.hours, each.start, each.end)
        self.spent = sum(self.lengths)

    def rest(self, still: bool, at: datetime, by: str) -> None:
        """Stands still from `at` on, or no longer."""
        if still == (self.paused_at is not None) or not self.active or self.terms is None:
            return
        self.advance(at)
        self._forget()
        self.paused_at = self.at if still else None
        self.why, self.paused_by = f"status {self.facts.status}", by
        self._note("paused" if still else "resumed", self.at, self.spent, self.why, by)

    def end(self, outcome: Outcome, at: datetime, why: str, by: str) -> None:
        """What was owed happened, or is no longer wanted. The end has the event's own instant."""
        self.advance(at)
        self._cut(at)
        self._forget()
        self.outcome, self.ended_at, self.why = outcome, at, why
        if self.promised is not None:
            self._note(outcome.value, at, self.spent, why, by)

    def _cut(self, at: datetime) -> None:
        """Takes back what was written down after `at`: the events' instants are out of order."""
        while self.at > at and self.stretches:
            last = self.stretches.pop()
            self.spent -= self.lengths.pop()
            self.at = last.start
            if last.start < at:
                self.stretches.append(last._replace(end=at))
                self.lengths.append(passed(last.calendar, last.start, at) if last.calendar else 0)
                self.spent += self.lengths[-1]
                self.at = at
        if self.paused_at is not None and self.paused_at > self.at:
            self.paused_at = None

    def go_on(self, at: datetime, why: str, by: str) -> None:
        """It did not hold: the rest of the time is left for it."""
        self.advance(at)
        self.outcome, self.ended_at, self.paused_at, self.why = Outcome.RUNNING, None, None, why
        self._forget()
        if self.promised is not None:
            self._note("resumed", self.at, self.spent, why, by)

    def _note(self, what: str, at: datetime, spent: int, why: str, by: str) -> None:
        wall = max(0, int((at - self.started_at).total_seconds()))
        self.entries.append(Entry(what, at, wall, spent // SECOND, why, by))

    def clock(self) -> Clock | None:
        """The clock that it is, None if nothing was ever promised about it.

        While nothing changes about it, it is the same object; the stretches of a clock that runs
        then end where they ended when it was made.
        """
        if self.promised is not None and self.told is None:
            self.told = self._clock(self.promised)
        return self.told

    def _clock(self, terms: Terms) -> Clock:
        policy = terms.policy
        soon, due = self.reached = self.reached or (
            self._reach(terms, terms.warn_after), self._reach(terms, terms.target_seconds)
        )  # fmt: skip
        return Clock(
            kind=self.kind, generation=self.generation, policy=policy.name,
            priority=self.facts.priority, team=self.facts.team,
            target_seconds=terms.target_seconds, started_at=self.started_at,
            due_soon_at=soon, due_at=due,
            outcome=self.outcome, ended_at=self.ended_at, retargets=self.retargets,
            retargeted_at=self.retargeted_at, paused_at=self.paused_at,
            elapsed_seconds=0 if self.active else self.spent // SECOND,
            policy_id=policy.id, set_version=terms.set_version, calendar=terms.calendar.id,
            calendar_version=terms.calendar.version, why=self.why,
            warn_seconds=terms.warn_after, facts=self.facts,
            hours=None if self.paused_at else terms.hours, standing=self._uncounted(),
            entries=tuple(self.entries), stretches=tuple(self.stretches),
        )  # fmt: skip

    def _reach(self, terms: Terms, seconds: int) -> datetime:
        """The first instant by which so much has counted: one that has gone by, or one ahead."""
        left = seconds * SECOND
        for stretch, length in zip(self.stretches, self.lengths, strict=True):
            if stretch.calendar is not None and left <= length:
                return after(stretch.calendar, stretch.start, left)
            left -= length
        try:
            return after(terms.hours, self.paused_at or self.at, left)
        except NeverOpen:
            return self.at + _NEVER
