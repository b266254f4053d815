"""How many messages of an account may go now, where its provider takes only so many a minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_TOGETHER = timedelta(seconds=1)
"""Messages of one second may go together: a minute sees at most a second's worth too many."""
_LONGEST_WAIT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Grant:
    """count: how many may go now. free_at: to be kept, when the next one may. later: for the rest,
    when to ask again, in their order."""

    count: int
    free_at: datetime
    later: tuple[datetime, ...]


def grant(wanted: int, per_minute: int, free_at: datetime | None, now: datetime) -> Grant:
    """Spaces messages evenly (the generic cell rate algorithm, of ITU-T I.371).

    free_at: as the last grant left it, None at first.
    """
    step = timedelta(minutes=1) / per_minute
    first = max(free_at or now, now)
    slots = [first + step * number for number in range(wanted)]
    count = sum(slot < now + _TOGETHER for slot in slots)
    later = tuple(min(slot, now + _LONGEST_WAIT) for slot in slots[count:])
    return Grant(count, first + step * count, later)
