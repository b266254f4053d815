"""Somebody asks how many promises were kept, and where the time of the others went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from services.sla.domain.compliance import in_days, in_months, percent
from services.sla.repository.reports import LineRow, PlaceRow, Reports
from shared.storage import ReadSession

By = Literal["policy", "priority", "team", "agent", "tier", "channel", "category", "kind", "day"]
"""What the lines of a report are for."""

# Every decided promise has one value of each dimension, and priorities are few.
_FEWEST = "priority"


@dataclass(slots=True)
class Line:
    """Promises of one value: value None where there is none, such as no team."""

    value: str | None
    met: int = 0
    breached: int = 0
    seconds: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def percent(self) -> float | None:
        """Compliance."""
        return percent(self.met, self.breached)

    def take(self, place: str, seconds: int, clocks: int) -> None:
        """Adds what went where, and of how many clocks it is the reason."""
        if seconds > 0:
            self.seconds[place] = self.seconds.get(place, 0) + seconds
        if clocks > 0:
            self.reasons[place] = self.reasons.get(place, 0) + clocks


@dataclass(frozen=True, slots=True)
class Report:
    """total: of all lines. lines: days in their order, others with the most missed first."""

    total: Line
    lines: list[Line]


async def report(session: ReadSession, tenant: str, by: By, days: tuple[date, date]) -> Report:
    """The report of the days between two, both in it (UTC)."""
    column = by if by in ("kind", "day") else "value"
    dimension = _FEWEST if by in ("kind", "day") else by
    stretches = in_days(*days) if by == "day" else in_months(*days)
    return _report(by, *await Reports(session).lines(tenant, dimension, column, stretches))


def _report(by: By, counts: Sequence[LineRow], places: Sequence[PlaceRow]) -> Report:
    total, lines = Line(None), {}
    for value, met, breached in counts:
        lines[value] = Line(_shown(value), int(met), int(breached))
        total.met, total.breached = total.met + int(met), total.breached + int(breached)
    for value, place, seconds, clocks in places:
        for line in (lines.get(value), total):
            if line is not None:
                line.take(place, int(seconds), int(clocks))
    return Report(total, _in_order(by, lines.values()))


def _in_order(by: By, lines: Iterable[Line]) -> list[Line]:
    if by == "day":
        return sorted(lines, key=lambda line: line.value or "")
    return sorted(lines, key=lambda line: (-line.breached, -line.met, line.value or ""))


def _shown(value: Any) -> str | None:
    return str(value) or None
