"""What is promised, to whom: an ordered list of policies, the first that fits a ticket counts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal

import cel

from services.sla.domain.cost import TooCostly, steps


class Kind(StrEnum):
    """What a clock measures; also the order in which the clocks of one ticket are started."""

    FIRST_RESPONSE = "first-response"
    NEXT_RESPONSE = "next-response"
    RESOLUTION = "resolution"
    ASSIGNMENT = "assignment"
    """Time in the queue: until somebody has the ticket."""


Minutes = Mapping[str, Mapping[Kind, int]]
"""Priority → kind → business minutes. A kind that is absent is not promised at that priority."""

_WAITING = frozenset({"pending", "on-hold"})
DEFAULT_PAUSES: Mapping[Kind, frozenset[str]] = {
    Kind.NEXT_RESPONSE: _WAITING,
    Kind.RESOLUTION: _WAITING,
}
"""Statuses in which a clock stands still. A first answer is waited for in every status."""


@dataclass(frozen=True, slots=True)
class Warning:
    """When a clock is nearly due: after so many percent of its target, or so long before its end.

    Exactly one of the two is given; percent 1 to 99, seconds of business time.
    """

    percent: int | None = None
    seconds_before: int | None = None

    def after(self, target_seconds: int) -> int:
        """Business seconds from the start to the warning, rounded up: no warning is early."""
        if self.seconds_before is not None:
            return max(0, target_seconds - self.seconds_before)
        return -(-target_seconds * (self.percent or 0) // 100)


@dataclass(frozen=True, slots=True)
class Policy:
    """One promise to some of the customers.

    condition: CEL over ticket, customer and channel; None fits all. calendar: id of the calendar
    whose time counts; None: around the clock. tier_targets: tier → priority → kind → minutes, each
    before `targets`. pauses: statuses in which a kind's clock stands still. warnings: the earliest
    of them is announced. reopen: whether a reopened ticket has the whole time again, or what was
    left of it. public: what customers are told, by language.
    """

    id: str
    name: str
    position: int = 0
    condition: str | None = None
    calendar: str | None = None
    targets: Minutes = field(default_factory=dict)
    tier_targets: Mapping[str, Minutes] = field(default_factory=dict)
    pauses: Mapping[Kind, frozenset[str]] = field(default_factory=lambda: DEFAULT_PAUSES)
    warnings: tuple[Warning, ...] = (Warning(percent=75),)
    reopen: Literal["restart", "resume"] = "restart"
    public: Mapping[str, str] = field(default_factory=dict)

    def target(self, kind: Kind, priority: str, tier: str = "L1") -> int | None:
        """Business seconds that are promised, None if nothing is.

        Priorities are an open list: one that this policy does not know is served like normal. What
        the tier says of the priority comes first, then `targets`: a kind that its entry there
        leaves out is not promised. Without such an entry the same is asked about normal.
        """
        of_tier = self.tier_targets.get(tier, {})
        for name in (priority, "normal"):
            found = of_tier.get(name, {}).get(kind) or self.targets.get(name, {}).get(kind)
            if found is not None:
                return found * 60
            if name in self.targets:
                return None
        return None


@dataclass(frozen=True, slots=True)
class PolicySet:
    """One version of all that a tenant promises; it holds from `since` on. The first fits first."""

    version: int
    since: datetime | None
    policies: tuple[Policy, ...]

    def followed_by(self, policies: Sequence[Policy], since: datetime) -> "PolicySet":
        """The next version; this one if it says the same already and is the tenant's own."""
        if self.version > 0 and self.policies == tuple(policies):
            return self
        return PolicySet(self.version + 1, since, tuple(policies))


def of_minutes(name: str, minutes: Minutes) -> Policy:
    """The short form of a policy: so many minutes around the clock, for everybody."""
    return Policy("default", name, targets=minutes)


BUILT_IN = PolicySet(
    0,
    None,
    (
        of_minutes(
            "default",
            {
                "urgent": {Kind.FIRST_RESPONSE: 15, Kind.RESOLUTION: 240},
                "high": {Kind.FIRST_RESPONSE: 60, Kind.RESOLUTION: 480},
                "normal": {Kind.FIRST_RESPONSE: 240, Kind.RESOLUTION: 1440},
                "low": {Kind.FIRST_RESPONSE: 480, Kind.RESOLUTION: 4320},
            },
        ),
    ),
)
"""Holds for a tenant until the first policy of its own."""


def in_force(versions: Sequence[PolicySet], at: datetime) -> PolicySet:
    """The version that held at the instant; `versions` in rising order."""
    for version in reversed(versions):
        if version.since is None or version.since <= at:
            return version
    return BUILT_IN


def choose(promised: PolicySet, facts: Mapping[str, Mapping[str, Any]]) -> Policy | None:
    """The first policy whose condition holds for the facts; None: nothing is promised.

    facts: ticket, customer and channel, each by field name. A condition that cannot be answered,
    such as one about a plan that nobody has told, or that takes too long does not hold.
    """
    for policy in promised.policies:
        if policy.condition is None or _holds(policy.condition, facts):
            return policy
    return None


def _holds(condition: str, facts: Mapping[str, Mapping[str, Any]]) -> bool:
    if too_costly(condition) is not None:
        return False
    try:
        return compiled(condition).execute(facts) is True
    except Exception:  # whatever it stumbles over, such as a division by zero: it does not hold
        return False


@lru_cache(maxsize=4096)
def too_costly(condition: str) -> str | None:
    """Why a condition is never asked: it would take too long. None if it is asked.

    Such a one is refused today; it may have been saved before that.
    """
    try:
        steps(condition)
    except TooCostly as error:
        return str(error)
    return None


_NAMED = re.compile(r"\b(?:ticket|channel)\.([A-Za-z_]\w*)")
_WHOLE = re.compile(r"\b(?:ticket|channel)\b(?!\.[A-Za-z_])")


@lru_cache(maxsize=4096)
def asked_about(condition: str) -> frozenset[str] | None:
    """The fields of ticket and channel that a condition can depend on; None if it may be any.

    A name in a text literal is one too many, which does no harm.
    """
    return None if _WHOLE.search(condition) else frozenset(_NAMED.findall(condition))


@lru_cache(maxsize=4096)
def compiled(condition: str) -> Any:
    """A condition made ready to be asked. Raises ValueError with the position of what is wrong."""
    return cel.compile(condition)
