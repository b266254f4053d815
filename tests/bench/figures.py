"""One measured figure, the table of all of them, and the file that they are written to."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

BENCH_FILE = Path(".run/bench.json")
REFERENCE_LOOP = 14_000.0
"""Messages/s of the bare loop on the machine that the absolute goals are for."""

GROWTH, LEAST_GROWTH = 0.05, 16 * 1024 * 1024


@dataclass(frozen=True)
class Figure:
    """What was measured. goal: a bound in words, None for a figure that is only told."""

    name: str
    value: float
    unit: str
    goal: str | None = None
    holds: bool = True


def at_least(name: str, value: float, unit: str, bound: float) -> Figure:
    """A figure that must not be below `bound`."""
    return Figure(name, round(value, 3), unit, f"≥ {bound:g}", value >= bound)


def at_most(name: str, value: float, unit: str, bound: float) -> Figure:
    """A figure that must not be above `bound`."""
    return Figure(name, round(value, 3), unit, f"≤ {bound:g}", value <= bound)


def told(name: str, value: float, unit: str) -> Figure:
    """A figure without a goal."""
    return Figure(name, round(value, 3), unit)


def growth(name: str, early: float, late: float) -> Figure:
    """How much memory grew, from bytes early in a run to bytes at its end: 5 % are allowed, and
    16 MiB in any case.
    """
    allowed = max(LEAST_GROWTH, GROWTH * early)
    return at_most(name, (late - early) / 2**20, "MiB", round(allowed / 2**20, 1))


def table(figures: Sequence[Figure]) -> str:
    """The figures as people read them."""
    width = max((len(figure.name) for figure in figures), default=0)
    lines = []
    for figure in figures:
        verdict = "" if figure.goal is None else ("holds" if figure.holds else "FAILS")
        lines.append(
            f"{figure.name:<{width}}  {figure.value:>12,.10g} {figure.unit:<12}"
            f" {figure.goal or '':<12} {verdict}".rstrip()
        )
    return "\n".join(lines)


def write(figures: Sequence[Figure], file: Path = BENCH_FILE) -> None:
    """Writes the figures as JSON: a list of {name, value, unit, goal, holds}."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")
