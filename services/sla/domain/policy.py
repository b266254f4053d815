"""What is promised: minutes for each kind of clock, by the ticket's priority."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a clock measures; also the order in which the clocks of one ticket are started."""

    FIRST_RESPONSE = "first-response"
    RESOLUTION = "resolution"


Minutes = Mapping[str, Mapping[Kind, int]]
"""Priority → kind → minutes. A kind that is absent is not promised at that priority."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a tenant's policy; it holds for clocks that start from `since` on."""

    name: str
    version: int
    since: datetime | None
    minutes: Minutes

    def target(self, kind: Kind, priority: str) -> int | None:
        """Business seconds that are promised, None if nothing is.

        Priorities are an open list: one that this policy does not know is served like normal.
        """
        at_priority = self.minutes.get(priority) or self.minutes.get("normal", {})
        minutes = at_priority.get(kind)
        return None if minutes is None else minutes * 60

    def followed_by(self, name: str, minutes: Minutes, since: datetime) -> "Policy":
        """The next version; this one if it says the same already and is the tenant's own."""
        if self.version > 0 and (self.name, self.minutes) == (name, minutes):
            return self
        return Policy(name, self.version + 1, since, minutes)


BUILT_IN = Policy(
    "default",
    0,
    None,
    {
        "urgent": {Kind.FIRST_RESPONSE: 15, Kind.RESOLUTION: 240},
        "high": {Kind.FIRST_RESPONSE: 60, Kind.RESOLUTION: 480},
        "normal": {Kind.FIRST_RESPONSE: 240, Kind.RESOLUTION: 1440},
        "low": {Kind.FIRST_RESPONSE: 480, Kind.RESOLUTION: 4320},
    },
)
"""Holds for a tenant until the first policy of its own."""


def in_force(versions: Sequence[Policy], at: datetime) -> Policy:
    """The version that held at the instant; `versions` in rising order.

    A clock keeps the version that held when it started, whenever the news of its start arrives: so
    a late event finds the same promise as a punctual one.
    """
    for policy in reversed(versions):
        if policy.since is None or policy.since <= at:
            return policy
    return BUILT_IN
