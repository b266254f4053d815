"""What is promised when: the tenant's sets of policies and calendars, each with its versions."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

from services.sla.domain.calendar import AROUND_THE_CLOCK, Calendar
from services.sla.domain.calendar.versions import CalendarVersion
from services.sla.domain.history import Facts
from services.sla.domain.policy import (
    Kind,
    Policy,
    PolicySet,
    Warning,
    asked_about,
    choose,
    in_force,
)

ALWAYS = CalendarVersion("", 0, None, None)
"""What a policy without a calendar counts by."""


@dataclass(frozen=True, slots=True)
class CustomerVersion:
    """What was known of a customer from `since` on."""

    since: datetime
    plan: str | None = None
    value: float | None = None


Key = tuple[str, int, str, int, tuple[Warning, ...], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Terms:
    """One promise as it stands: of which policy, how long, and by which calendar."""

    policy: Policy
    set_version: int
    kind: Kind
    target_seconds: int
    calendar: CalendarVersion

    @property
    def key(self) -> Key:
        """What is promised; other terms with the same key are no other promise."""
        return (
            self.policy.id, self.target_seconds, self.calendar.id, self.calendar.version,
            self.policy.warnings, self.pauses,
        )  # fmt: skip

    @property
    def pauses(self) -> frozenset[str]:
        """Statuses in which its clock stands still."""
        return self.policy.pauses.get(self.kind, frozenset())

    @property
    def warn_after(self) -> int:
        """Business seconds from the start to the warning; the whole time if nobody is warned."""
        after = [warning.after(self.target_seconds) for warning in self.policy.warnings]
        return min(after, default=self.target_seconds)

    @property
    def hours(self) -> Calendar:
        """When its time counts."""
        return self.calendar.calendar or AROUND_THE_CLOCK


@dataclass(frozen=True)
class Book:
    """Everything that a tenant has promised so far.

    sets and each calendar's versions in rising order. customers: by key, in rising order.
    """

    sets: Sequence[PolicySet] = ()
    calendars: Mapping[str, Sequence[CalendarVersion]] = field(default_factory=dict)
    customers: Mapping[str, Sequence[CustomerVersion]] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """Of the latest set; 0 where only the built-in one is known."""
        return self.sets[-1].version if self.sets else 0

    @cached_property
    def _published(self) -> list[datetime]:
        found = {each.since for each in self.sets if each.since}
        for versions in self.calendars.values():
            found |= {each.since for each in versions if each.since}
        return sorted(found)

    # What was worked out once: the same question comes again with every step of a ticket.
    @cached_property
    def _chosen(self) -> dict[tuple[int, tuple[Any, ...], CustomerVersion | None], Policy | None]:
        return {}

    @cached_property
    def _fields(self) -> dict[int, tuple[str, ...]]:
        return {}

    def _asked(self, promised: PolicySet, facts: Facts) -> tuple[Any, ...]:
        """What of the facts the conditions of a set can depend on: few differ in it."""
        names = self._fields.get(promised.version)
        if names is None:
            names = self._fields[promised.version] = _asked_about(promised)
        return tuple([getattr(facts, name) for name in names])

    @cached_property
    def _agreed(self) -> dict[tuple[int, int, Kind, int, int], Terms]:
        return {}

    def published(self, after: datetime, until: datetime | None, customer: str | None) -> Sequence[
        datetime
    ]:  # fmt: skip
        """The instants in (after, until] at which something that was promised changed."""
        own = self.customers.get(customer or "")
        instants = sorted({*self._published, *(one.since for one in own)}) if own else (
            self._published
        )  # fmt: skip
        if not instants:
            return ()
        begin = bisect_right(instants, after)
        return instants[begin : None if until is None else bisect_right(instants, until)]

    def policy(self, facts: Facts, at: datetime) -> tuple[int, Policy | None]:
        """The version of the set that holds at the instant, and the policy in it that fits."""
        promised = in_force(self.sets, at)
        if all(policy.condition is None for policy in promised.policies):
            return promised.version, next(iter(promised.policies), None)
        known = [one for one in self.customers.get(facts.customer or "", ()) if one.since <= at]
        customer = known[-1] if known else None
        asked = (promised.version, self._asked(promised, facts), customer)
        if asked not in self._chosen:
            self._chosen[asked] = choose(promised, _facts_of(facts, customer))
        return promised.version, self._chosen[asked]

    def learnt(
        self, customer: str | None, at: datetime
    ) -> tuple[CustomerVersion, CustomerVersion] | None:
        """What was known of a customer before the instant and from it on; None if that is alike."""
        versions = [CustomerVersion(at), *self.customers.get(customer or "", ())]
        for before, after in pairwise(versions):
            if after.since == at:
                return before, after
        return None

    def terms(
        self, kind: Kind, facts: Facts, at: datetime, chosen: tuple[int, Policy | None]
    ) -> Terms | None:
        """What is promised of one kind; None if nothing is. chosen: what `policy` found."""
        version, policy = chosen
        target = policy.target(kind, facts.priority, facts.tier) if policy else None
        if policy is None or target is None:
            return None
        calendar = self._calendar(policy.calendar, at)
        asked = (version, id(policy), kind, target, calendar.version)
        if asked not in self._agreed:
            self._agreed[asked] = Terms(policy, version, kind, target, calendar)
        return self._agreed[asked]

    def _calendar(self, id: str | None, at: datetime) -> CalendarVersion:
        """The version in force. Of a calendar that was deleted the last one goes on to count."""
        known = [one for one in self.calendars.get(id or "", ()) if one.text is not None]
        for version in reversed(known):
            if version.since is None or version.since <= at:
                return version
        return known[0] if known else ALWAYS


_ASKED = (
    "status", "priority", "team", "assignee", "tier", "tags", "category", "language", "channel",
)  # fmt: skip
"""The facts that conditions may ask about, as they call them; channel.kind is the last."""


def _asked_about(promised: PolicySet) -> tuple[str, ...]:
    named = [asked_about(each.condition) for each in promised.policies if each.condition]
    return tuple(
        name
        for name in _ASKED
        if any(some is None or name in some for some in named)
        or (name == "channel" and any("kind" in (some or ()) for some in named))
    )


def _facts_of(facts: Facts, customer: CustomerVersion | None) -> dict[str, dict[str, Any]]:
    """What conditions may ask about."""
    known = {
        "plan": (customer and customer.plan) or "",
        "value": (customer and customer.value) or 0.0,
    }
    ticket = {
        "status": facts.status, "priority": facts.priority, "team": facts.team or "",
        "assignee": facts.assignee or "", "tier": facts.tier, "tags": list(facts.tags),
        "category": facts.category or "", "language": facts.language or "",
        "channel": facts.channel,
    }  # fmt: skip
    return {"ticket": ticket, "customer": known, "channel": {"kind": facts.channel}}
