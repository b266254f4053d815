"""Lives of single tickets for the scenarios: no database, no time but what is given."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.sla.domain.book import Book
from services.sla.domain.calendar.versions import CalendarVersion
from services.sla.domain.clocks import Clock
from services.sla.domain.explain import Interval, explain
from services.sla.domain.fold import fold
from services.sla.domain.history import Facts, Step, What
from services.sla.domain.policy import Kind, Policy, PolicySet
from services.sla.domain.ticket import Ticket
from shared.messaging import new_id

FIRST, NEXT, SOLUTION, QUEUE = (
    Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE, Kind.RESOLUTION, Kind.ASSIGNMENT,
)  # fmt: skip


def berlin(text: str) -> datetime:
    """An instant by the wall clock in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def policy(
    normal: Mapping[Kind, int], *, urgent: Mapping[Kind, int] | None = None, **more: Any
) -> Policy:
    """So many minutes on the calendar "office"."""
    targets = {"normal": normal, **({"urgent": urgent} if urgent else {})}
    return Policy("main", "Main", calendar="office", targets=targets, **more)


def calendar(
    zone: str, hours: Mapping[str, Any], *, version: int = 1, since: datetime | None = None,
    **more: Any,
) -> CalendarVersion:  # fmt: skip
    """A version of the calendar "office"."""
    text = json.dumps({"zone": zone, "hours": hours, **more})
    return CalendarVersion("office", version, since, text)


class Life:
    """One ticket and what it is promised; its events get the next sequence unless told."""

    def __init__(self, promised: Policy, *calendars: CalendarVersion | None) -> None:
        known = [one for one in calendars if one is not None]
        self.book = Book([PolicySet(1, None, (promised,))], {"office": known})
        self.ticket = Ticket("demo", new_id())
        self.said: list[str] = []
        self.facts = Facts(assignee=None)
        self.now = datetime(2000, 1, 1, tzinfo=UTC)
        self.next = 1

    def publish(self, *policies: Policy, at: datetime) -> None:
        """Something else is promised from `at` on."""
        sets = [*self.book.sets, PolicySet(len(self.book.sets) + 1, at, policies)]
        self.book = Book(sets, self.book.calendars)
        self.recheck(at)

    def work(self, *calendars: CalendarVersion, at: datetime) -> None:
        """The calendar has these versions from now on."""
        self.book = Book(self.book.sets, {"office": calendars})
        self.recheck(at)

    def recheck(self, at: datetime) -> None:
        self._heard(self.ticket.check(self.book, at))

    def asked(self, at: datetime, **facts: Any) -> None:
        self.step(What.ASKED, at, **facts)

    def answered(self, at: datetime, ref: UUID | None = None) -> None:
        self.step(What.ANSWERED, at, ref=ref)

    def wrote(self, at: datetime) -> None:
        self.step(What.WROTE, at)

    def solved(self, at: datetime) -> None:
        self.step(What.SOLVED, at, status="solved")

    def reopened(self, at: datetime) -> None:
        self.step(What.REOPENED, at, status="open")

    def changed(self, at: datetime, **facts: Any) -> None:
        self.step(What.CHANGED, at, **facts)

    def step(
        self, what: What, at: datetime, *, ref: UUID | None = None, sequence: int | None = None,
        by: str = "system", **facts: Any,
    ) -> None:  # fmt: skip
        self.facts = replace(self.facts, **facts)
        number = sequence or self.next
        self.next = max(self.next, number + 1)
        self.now = max(self.now, at)
        made = Step(number, what, at, self.facts, ref, by)
        self._heard(self.ticket.take_in([made], self.book, self.now))

    def pass_time(self, now: datetime) -> None:
        """The timer looks at every clock."""
        self.now = max(self.now, now)
        for clock in list(self.ticket.clocks.values()):
            self._heard(self.ticket.pass_time(clock, now))

    def clock(self, kind: Kind) -> Clock:
        """The latest clock of a kind, as its history tells it."""
        folded = fold(self.ticket.history.values(), self.book)
        found = folded[max(key for key in folded if key[0] is kind)]
        return found.with_stages_of(self.ticket.clocks.get(found.key))

    def explained(self, kind: Kind, now: datetime) -> list[Interval]:
        return list(explain(self.clock(kind), now))

    def _heard(self, news: list[Any]) -> None:
        self.said += [f"{entry.clock.kind} {entry.said}" for entry in news]
