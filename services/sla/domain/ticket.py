"""A ticket as this service knows it: its history and its clocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.sla.domain.clocks import Clock, ClockKey, fold
from services.sla.domain.history import Step
from services.sla.domain.news import News, compare, pass_time
from services.sla.domain.policy import PolicySet


@dataclass(slots=True)
class Ticket:
    """One ticket. version: how often its clocks have been announced.

    new_steps and moved_clocks: what has changed since it was loaded.
    """

    tenant: str
    id: UUID
    version: int = 0
    history: dict[tuple[int, int], Step] = field(default_factory=dict)
    clocks: dict[ClockKey, Clock] = field(default_factory=dict)
    new_steps: list[Step] = field(default_factory=list)
    moved_clocks: set[ClockKey] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, UUID]:
        """What tells it from all other tickets; the order in which tickets are locked."""
        return self.tenant, self.id

    def take_in(self, steps: Iterable[Step], policies: Sequence[PolicySet]) -> list[News]:
        """Puts the steps in their places and says what that changes; known ones change nothing."""
        new = [step for step in steps if step.place not in self.history]
        if not new:
            return []
        self.new_steps += new
        self.history.update((step.place, step) for step in new)
        return self._keep(compare(self.clocks, fold(self.history.values(), policies, self.clocks)))

    def pass_time(self, clock: Clock, now: datetime) -> list[News]:
        """What one of its clocks has to announce by `now`."""
        return self._keep(pass_time(clock, now))

    def _keep(self, news: list[News]) -> list[News]:
        for entry in news:
            self.clocks[entry.clock.key] = entry.clock
            self.moved_clocks.add(entry.clock.key)
        return news
