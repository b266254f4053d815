"""A ticket's history folded into its clocks, in whatever order the history came in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from services.sla.domain.book import Book
from services.sla.domain.clocks import Clock, ClockKey, Outcome
from services.sla.domain.history import Facts, Step, What
from services.sla.domain.policy import Kind, Policy
from services.sla.domain.reasons import difference, published
from services.sla.domain.runs import Run

_FIRST, _NEXT, _SOLUTION, _QUEUE = (
    Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE, Kind.RESOLUTION, Kind.ASSIGNMENT,
)  # fmt: skip


def fold(history: Iterable[Step], book: Book) -> dict[ClockKey, Clock]:
    """All clocks that a ticket has had, as its history and what was promised meanwhile leave them.

    Any order and repetition of the same steps gives the same clocks.
    """
    return Life(history, book).clocks()


class Life:
    """A ticket so far: what is owed, and how it stands.

    last: place of its last step. final: whether something was published after that, so that a later
    step cannot go on from here.
    """

    def __init__(self, history: Iterable[Step], book: Book) -> None:
        """Goes through a history in whatever order it is, the same step maybe several times."""
        self.book = book
        self._runs: list[Run] = []
        self._owed: dict[Kind, Run] = {}
        self._at: datetime | None = None
        self._facts = Facts()
        self._opened = self._settled = self.final = False
        self.last = (0, 0)
        steps = sorted({step.place: step for step in history}.values(), key=_PLACE)
        self._failed = {step.ref for step in steps if step.what is What.FAILED}
        self.go_on(steps)

    def go_on(self, steps: Sequence[Step]) -> None:
        """Later steps than all before, in their order; none of them tells of a failed answer, and
        the life is not final.
        """
        for step in steps:
            # An answer that never arrived was none: whatever it had ended goes on from its own
            # start.
            if step.what is not What.ANSWERED or step.ref is None or step.ref not in self._failed:
                self._take(step)
        if steps:
            self.last = steps[-1].place

    def clocks(self) -> dict[ClockKey, Clock]:
        """Its clocks, under what has been published until now."""
        self._catch_up(None)
        found = (run.clock() for run in self._runs)
        return {clock.key: clock for clock in found if clock is not None}

    @property
    def waits(self) -> bool:
        """Whether something is owed about which nothing is promised."""
        return any(run.terms is None for run in self._still_owed())

    def _take(self, step: Step) -> None:
        """One step, after everything that was published before it."""
        self._catch_up(step.at)
        self._at = step.at if self._at is None else max(self._at, step.at)
        before, self._facts = self._facts, step.facts
        if before.dropped and step.what in _COMES_BACK and not step.facts.ended:
            self._reopen(step)
        _WHATS.get(step.what, Life._change)(self, step)
        if step.facts.dropped:
            self._drop(step)
        else:
            self._wait_for_somebody(step)
        self._agree(step, before)

    def _catch_up(self, until: datetime | None) -> None:
        """What was published until then is what is promised to everything that runs.

        What is published after the last step leaves no room for another one before it.
        """
        if self._at is None:
            return
        for at in self.book.published(self._at, until, self._facts.customer):
            self._at = at
            self.final = until is None
            owed = self._still_owed()
            if owed:
                chosen = self.book.policy(self._facts, at)
                for run in owed:
                    self._agree_one(run, at, chosen, None, "system")

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
        _, policy = self.book.policy(step.facts, self._at or step.at)
        cancelled = last is not None and last.outcome is Outcome.CANCELLED
        if policy is None or policy.reopen == "restart" or last is None or cancelled:
            self._start(_SOLUTION, step)
        elif last.outcome is Outcome.MET:
            last.go_on(step.at, "reopened", step.actor)

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
        self._runs.append(run)

    def _end(self, kind: Kind, outcome: Outcome, step: Step, why: str) -> None:
        run = self._owed.get(kind)
        if run is None:
            return
        run.unpromised = False
        if run.active:
            run.end(outcome, step.at, why, step.actor)
            # Who has it at the end, under the target that it had until then.
            asked = run.facts
            run.facts = replace(
                step.facts, priority=asked.priority, tier=asked.tier, ended_by=step.by_agent
            )

    def _agree(self, step: Step, before: Facts) -> None:
        owed = self._still_owed()
        if not owed:
            return
        assert self._at is not None
        chosen = self.book.policy(step.facts, self._at)
        why, by = difference(before, step.facts), step.actor
        for run in owed:
            run.advance(step.at)
            run.become(step.facts)
            self._agree_one(run, step.at, chosen, why, by)

    def _still_owed(self) -> list[Run]:
        """What is owed, promised or not: something may be promised about it from now on."""
        return [run for run in self._owed.values() if run.active or run.unpromised]

    def _agree_one(
        self, run: Run, at: datetime, chosen: tuple[int, Policy | None], why: str | None, by: str
    ) -> None:
        """why: what of the ticket changed; None where something was published instead."""
        since = max(at, self._at or at)
        terms = self.book.terms(run.kind, run.facts, since, chosen)
        if why is None:
            known = self.book.learnt(run.facts.customer, at)
            why = published(run.promised, terms, chosen, known)
        run.agree(terms, at, why, by)
        run.rest(terms is not None and run.facts.status in terms.pauses, at, by)


_PLACE = attrgetter("place")
_WHATS: dict[What, Callable[[Life, Step], None]] = {
    What.ASKED: Life._ask,
    What.OPENED: Life._open,
    What.ANSWERED: Life._answer,
    What.SOLVED: Life._solve,
    What.REOPENED: Life._reopen,
    What.WROTE: Life._write,
}


_COMES_BACK = frozenset({What.CHANGED, What.ANSWERED, What.WROTE})
"""Steps that say nothing of their own about the solution: a ticket that was merged or spam before
them, and is not after them, is open again."""
