"""An agent's places: how many tickets they may have, and how many they have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

TOTAL: Final = "total"
"""The capacity that limits the tickets of all channels together."""

NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Agent:
    """One agent under lock. capacity: most active tickets by channel, and `total` for all together;
    what is not named has no limit. load: active tickets by channel.
    """

    tenant: str
    id: UUID
    name: str
    teams: frozenset[str]
    capacity: Mapping[str, int]
    load: dict[str, int]
    available: bool
    offboarded: bool = False
    last_given_at: datetime | None = None
    total: int = field(init=False)

    def __post_init__(self) -> None:
        self.total = sum(self.load.values())

    @property
    def turn(self) -> tuple[int, datetime, UUID]:
        """Sort key among agents: the least loaded, then the longest idle, then by id."""
        return self.total, self.last_given_at or NEVER, self.id

    def room(self, channel: str) -> int | None:
        """How many more tickets of the channel they may get; None: any number."""
        limits = [
            self.capacity[kind] - used
            for kind, used in ((TOTAL, self.total), (channel, self.load.get(channel, 0)))
            if kind in self.capacity
        ]
        return max(0, min(limits)) if limits else None

    @property
    def working(self) -> bool:
        """Whether new tickets may be given to them at all."""
        return self.available and not self.offboarded

    def may_take(self, channel: str) -> bool:
        """Whether they work now and have room."""
        return self.working and self.room(channel) != 0

    def take(self, channel: str, now: datetime) -> None:
        """They get one ticket more."""
        self.load[channel] = self.load.get(channel, 0) + 1
        self.total += 1
        self.last_given_at = now

    def release(self, channel: str) -> None:
        """One of their tickets is done with, or goes to somebody else."""
        left = self.load.get(channel, 0) - 1
        if left < 0:
            raise ValueError(f"agent {self.id} has no {channel} ticket to release")
        self.total -= 1
        if left:
            self.load[channel] = left
        else:
            del self.load[channel]

    def burden(self, channel: str) -> str:
        """How loaded they are, in words: by the limit that matters."""
        if TOTAL in self.capacity:
            return f"{self.total} of {self.capacity[TOTAL]} open tickets"
        if channel in self.capacity:
            return f"{self.load.get(channel, 0)} of {self.capacity[channel]} open {channel} tickets"
        return f"{self.total} open tickets"
