"""Stops a partition when too many records fail: a bad deploy must not park a whole topic."""

from collections import deque
from itertools import repeat

WINDOW = 1000
LEAST = 100
SHARE = 0.05
IN_A_ROW = 20


class Breaker:
    """Outcomes of one partition's use-case runs; undecodable input is not counted."""

    def __init__(self) -> None:
        self._outcomes: deque[bool] = deque(maxlen=WINDOW)
        self._failed = 0
        self._in_a_row = 0

    def succeeded(self, count: int) -> None:
        """`count` records went through."""
        if self._failed:
            for _ in range(min(count, WINDOW)):
                self._add(False)
        else:
            self._outcomes.extend(repeat(False, min(count, WINDOW)))
        if count:
            self._in_a_row = 0

    def failed(self) -> str | None:
        """One record's use case raised. Returns why to stop, None while it is within bounds.

        It trips at 20 in a row, or above 5 % of the last 1,000 once there are at least 100.
        """
        self._add(True)
        self._in_a_row += 1
        if self._in_a_row >= IN_A_ROW:
            return f"{self._in_a_row} records in a row failed"
        seen = len(self._outcomes)
        if seen >= LEAST and self._failed > SHARE * seen:
            return f"{self._failed} of the last {seen} records failed"
        return None

    def _add(self, failed: bool) -> None:
        if len(self._outcomes) == WINDOW:
            self._failed -= self._outcomes[0]
        self._outcomes.append(failed)
        self._failed += failed
