"""How much one visitor, one address and one process may do."""

import time
from collections import Counter


class Places:
    """Sockets of a process, altogether and by client address."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._taken: Counter[str] = Counter()

    def take(self, address: str) -> str | None:
        """Takes a place; the reason in words where there is none."""
        if self._taken.total() >= self._most:
            return "full"
        if self._taken[address] >= self._most_of_one:
            return "too-many"
        self._taken[address] += 1
        return None

    def leave(self, address: str) -> None:
        """Gives a taken place back."""
        self._taken[address] -= 1
        if not self._taken[address]:
            del self._taken[address]


class Bucket:
    """A rate with a burst: `rate` a second, and at most `burst` at once."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, float(burst)
        self._left, self._at = float(burst), time.monotonic()

    def take(self) -> bool:
        """Takes one, if there is one."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
