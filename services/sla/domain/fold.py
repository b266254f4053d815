"""A ticket's history folded into its clocks, in whatever order the history came in."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from services.sla.domain.book import Book
from services.sla.domain.clocks import Clock, ClockKey, Outcome
from services.sla.domain.history import Facts, Step, What
from services.sla.domain.policy import Kind, Policy
from services.sla.domain.runs import Run

_FIRST, _NEXT, _SOLUTION, _QUEUE = (
    Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE, Kind.RESOLUTION, Kind.ASSIGNMENT,
)  # fmt: skip


def fold(history: Iterable[Step], book: Book) -> dict[ClockKey, Clock]:
    """All clocks that a ticket has had, as its history and what was promised meanwhile leave them.

    Any order and repetition of the same steps gives the same clocks.
    """
    steps = sorted({step.place: step for step in history}.values(), key=lambda step: step.place)
    failed = {step.ref for step in steps if step.what is What.FAILED}
    life = _Life(book)
    for step in steps:
        # An answer that never arrived was none: whatever it had ended goes on from its own start.
        if step.what is not What.ANSWERED or step.ref is None or step.ref not in failed:
            life.take(step)
    life.catch_up(None)
    found = (run.clock() for run in life.runs)
    return {clock.key: clock for clock in found if clock is not None}


class _Life:
    """The ticket so far: what is owed, and how it stands."""

    def __init__(self, book: Book) -> None:
        self.runs: list[Run] = []
        self._book = book
        self._owed: dict[Kind, Run] = {}
        self._at: datetime | None = None
        self._facts = Facts()
        self._opened = self._settled = False

    def take(self, step: Step) -> None:
        """One step, after everything that was published before it."""
        self.catch_up(step.at)
        self._at = step.at if self._at is None else max(self._at, step.at)
        before, self._facts = self._facts, step.facts
        _WHATS.get(step.what, _Life._change)(self, step)
        if step.facts.dropped:
            self._drop(step)
        else:
            self._wait_for_somebody(step)
        self._agree(step, _difference(before, step.facts))

    def catch_up(self, until: datetime | None) -> None:
        """What was published until then is what is promised to everything that runs."""
        if self._at is None:
            return
        for at in self._book.published(self._at, until, self._facts.customer):
            self._at = at
            running = [run for run in self._owed.values() if run.active and run.terms]
            if running:
                chosen = self._book.policy(self._facts, at)
                for run in running:
                    self._agree_one(run, at, chosen, "what is promised was changed", "system")

    # -- what steps do ----------------------------------------------------------------------

    def _ask(self, step: Step) -> None:
        self._start(_FIRST, step)
        self._open(step)

    def _open(self, step: Step) -> None:
        self._opened = True
        self._start(_SOLUTION, step)

    def _answer(self, step: Step) -> None:
        for kind in (_FIRST, _NEXT):
            self._end(kind, Outcome.MET, step, "answered")

    def _solve(self, step: Step) -> None:
        self._settled = True
        self._end(_SOLUTION, Outcome.MET, step, "solved")
        # Nobody waits for the answer to a matter that is settled; counting it as kept would
        # reward closing tickets unanswered.
        for kind in (_FIRST, _NEXT, _QUEUE):
            self._end(kind, Outcome.CANCELLED, step, "solved")

    def _reopen(self, step: Step) -> None:
        self._settled = False
        last = self._owed.get(_SOLUTION)
        _, policy = self._book.policy(step.facts, self._at or step.at)
        if policy is None or policy.reopen == "restart" or last is None:
            self._start(_SOLUTION, step)
        elif last.outcome is Outcome.MET:
            last.go_on(step.at, "reopened", step.facts.actor)

    def _write(self, step: Step) -> None:
        first, after = self._owed.get(_FIRST), self._owed.get(_NEXT)
        waited_for = (first is not None and first.active) or (after is not None and after.active)
        if self._opened and not self._settled and not waited_for:
            self._start(_NEXT, step)

    def _change(self, step: Step) -> None:
        """Its facts say it all."""

    def _drop(self, step: Step) -> None:
        for kind in Kind:
            self._end(kind, Outcome.CANCELLED, step, step.facts.status)

    def _wait_for_somebody(self, step: Step) -> None:
        run = self._owed.get(_QUEUE)
        waiting = run is not None and run.active
        if step.facts.assignee is not None:
            self._end(_QUEUE, Outcome.MET, step, "assigned")
        elif self._opened and not self._settled and not waiting:
            self._start(_QUEUE, step)

    # -- what is owed -----------------------------------------------------------------------

    def _start(self, kind: Kind, step: Step) -> None:
        # Only a history with a gap starts what still runs: one promise of a kind at a time.
        self._end(kind, Outcome.CANCELLED, step, "started again")
        run = self._owed[kind] = Run(kind, step.sequence, step.at, step.facts)
        self.runs.append(run)

    def _end(self, kind: Kind, outcome: Outcome, step: Step, why: str) -> None:
        run = self._owed.get(kind)
        if run is None:
            return
        run.unpromised = False
        if run.active:
            run.end(outcome, step.at, why, step.facts.actor)
            # Who has it at the end, under the target that it had until then.
            asked = run.facts
            run.facts = replace(step.facts, priority=asked.priority, tier=asked.tier)

    def _agree(self, step: Step, why: str) -> None:
        running = [run for run in self._owed.values() if run.active or run.unpromised]
        if not running:
            return
        assert self._at is not None
        chosen = self._book.policy(step.facts, self._at)
        for run in running:
            run.advance(step.at)
            run.facts = step.facts
            self._agree_one(run, step.at, chosen, why, step.facts.actor)

    def _agree_one(
        self, run: Run, at: datetime, chosen: tuple[int, Policy | None], why: str, by: str
    ) -> None:
        since = max(at, self._at or at)
        terms = self._book.terms(run.kind, run.facts, since, chosen)
        run.agree(terms, at, why, by)
        run.rest(terms is not None and run.facts.status in terms.pauses, at, by)


_WHATS: dict[What, Callable[[_Life, Step], None]] = {
    What.ASKED: _Life._ask,
    What.OPENED: _Life._open,
    What.ANSWERED: _Life._answer,
    What.SOLVED: _Life._solve,
    What.REOPENED: _Life._reopen,
    What.WROTE: _Life._write,
}


_TOLD = ("priority", "tier", "team", "category", "tags", "language", "channel")


def _difference(before: Facts, after: Facts) -> str:
    """What changed, in words: `priority normal → high`."""
    changed = [
        f"{name} {getattr(before, name) or 'none'} → {getattr(after, name) or 'none'}"
        for name in _TOLD
        if getattr(before, name) != getattr(after, name)
    ]
    return ", ".join(changed) or f"status {after.status}"
