"""Business time: how much of it lies between two instants, and where so much of it ends.

Everything that reckons with time asks these two functions. In this calendar work is done around the
clock, so that business seconds are the seconds on the wall.
"""

from datetime import datetime, timedelta


def add(start: datetime, seconds: int) -> datetime:
    """The instant at which `seconds` of business time have gone by since `start`."""
    return start + timedelta(seconds=seconds)


def between(start: datetime, end: datetime) -> int:
    """Whole seconds of business time from `start` to `end`; 0 if `end` is the earlier one."""
    return max(0, int((end - start).total_seconds()))
