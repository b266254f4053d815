"""A ticket as this service knows it: its history and its clocks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.sla.domain.book import Book
from services.sla.domain.clocks import Announced, Clock, ClockKey, Outcome
from services.sla.domain.fold import Life
from services.sla.domain.history import Step, What
from services.sla.domain.news import News, Said, compare, pass_time

_LOOK_AGAIN = timedelta(seconds=1)


@dataclass(slots=True)
class Ticket:
    """One ticket. version: how often its clocks have been announced.

    new_steps, moved_clocks and gone_clocks: what has changed since it was loaded. looks: when to
    look again at clocks whose breach has to wait. decided_clocks: those that were met, broken or
    cancelled when it was loaded. gone_announced: what was announced of clocks that turned out never
    to have begun; should one begin after all, it is not announced a second time. checked_set: while
    something is owed and no clock runs, the set of policies that promised nothing; else None.
    """

    tenant: str
    id: UUID
    version: int = 0
    history: dict[tuple[int, int], Step] = field(default_factory=dict)
    clocks: dict[ClockKey, Clock] = field(default_factory=dict)
    new_steps: list[Step] = field(default_factory=list)
    moved_clocks: set[ClockKey] = field(default_factory=set)
    gone_clocks: set[ClockKey] = field(default_factory=set)
    looks: dict[ClockKey, datetime] = field(default_factory=dict)
    decided_clocks: set[ClockKey] = field(default_factory=set)
    checked_set: int | None = None
    gone_announced: dict[ClockKey, Announced] = field(default_factory=dict)
    _life: Life | None = field(default=None, repr=False)
    _told: dict[ClockKey, Clock] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> tuple[str, UUID]:
        """What tells it from all other tickets; the order in which tickets are locked."""
        return self.tenant, self.id

    def take_in(self, steps: Iterable[Step], book: Book, now: datetime) -> list[News]:
        """Puts the steps in their places and says what that changes; known ones change nothing."""
        new = [step for step in steps if step.place not in self.history]
        if not new:
            return []
        amid = self._amid(new)
        self.new_steps += new
        self.history.update((step.place, step) for step in new)
        if amid or self._life is None or self._life.book is not book or self._life.final:
            news = self.check(book, now)
        else:
            self._life.go_on(sorted(new, key=lambda step: step.place))
            news = self._tell(self._life.clocks(), now)
        if amid:
            # Where the time of a missed promise went is not stored with it: it is reported anew.
            self.moved_clocks |= {key for key, each in self.clocks.items() if each.late}
        return news

    def waits_for_set(self) -> int | None:
        """What `checked_set` is now; a ticket that was not folded is as it was."""
        if self._life is None:
            return self.checked_set
        if any(each.outcome is Outcome.RUNNING for each in self.clocks.values()):
            return None
        return self._life.book.version if self._life.waits else None

    def _amid(self, new: Iterable[Step]) -> bool:
        """Whether steps change what came before the last known one."""
        last = max(self.history, default=(0, 0)) if self._life is None else self._life.last
        return any(step.place < last or step.what is What.FAILED for step in new)

    def check(self, book: Book, now: datetime) -> list[News]:
        """Folds its history anew and says what is different, such as after a new promise."""
        self._life, self._told = Life(self.history.values(), book), {}
        return self._tell(self._life.clocks(), now)

    def _tell(self, folded: dict[ClockKey, Clock], now: datetime) -> list[News]:
        """Keeps the clocks as they are now. Those that were told already have no news."""
        changed = {key: each for key, each in folded.items() if self._told.get(key) is not each}
        gone = self.clocks.keys() - folded.keys()
        self._told = folded
        for key in self.gone_announced.keys() & changed.keys():
            changed[key] = changed[key].with_announced(self.gone_announced.pop(key))
        before = {key: each for key, each in self.clocks.items() if key in changed or key in gone}
        news = compare(before, changed, now)
        kept = {key: each.with_stages_of(before.get(key)) for key, each in changed.items()}
        for entry in news:
            if not entry.gone:
                kept[entry.clock.key] = entry.clock
            elif any(entry.clock.announced[0]):
                self.gone_announced[entry.clock.key] = entry.clock.announced
        self.moved_clocks |= {key for key, each in kept.items() if before.get(key) != each}
        self.gone_clocks = (self.gone_clocks | gone) - folded.keys()
        self.moved_clocks -= self.gone_clocks
        self.clocks = {key: kept.get(key) or self.clocks[key] for key in folded}
        return news

    def pass_time(
        self, clock: Clock, now: datetime, breaks_from: datetime | None = None
    ) -> list[News]:
        """What one of its clocks has to announce by `now`.

        breaks_from: before then no breach is announced, because an answer may lie unread.
        """
        news = pass_time(clock, now)
        if breaks_from is not None and now < breaks_from:
            told = [entry for entry in news if entry.said is not Said.BREACHED]
            if told != news:
                self.looks[clock.key] = min(breaks_from, now + _LOOK_AGAIN)
            news = told
        kept = news[-1].clock if news else clock
        self.clocks[clock.key] = kept
        self.moved_clocks.add(clock.key)
        return news

    def next_at(self, key: ClockKey) -> datetime | None:
        """When time has something to announce about a clock next."""
        due = self.clocks[key].next_at
        look = self.looks.get(key)
        return due if due is None or look is None else max(due, look)
