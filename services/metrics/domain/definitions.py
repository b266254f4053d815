"""Each KPI in words and numbers, with a worked example that a test reckons again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from services.metrics.domain.counting import Metric
from services.metrics.domain.figures import Figure

Direction = Literal["lower-is-better", "higher-is-better", "neutral"]
Happening = Literal["opened", "replied", "replied-automatically", "solved", "reopened"]


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of an example: what happened to which ticket, and when (UTC)."""

    at: datetime
    ticket: str
    what: Happening


@dataclass(frozen=True, slots=True)
class Example:
    """A short log of tickets, and the KPI that follows from it in the hour from `hour`."""

    log: tuple[Happened, ...]
    hour: datetime
    figure: Figure
    because: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One KPI. unit: of all its values but `count`. direction: which way is good."""

    name: Metric
    title: str
    formula: str
    unit: Literal["tickets", "seconds"]
    direction: Direction
    example: Example


_NINE = datetime.fromisoformat("2026-11-02T09:00:00+00:00")


def _log(*lines: tuple[float, str, Happening]) -> tuple[Happened, ...]:
    """Lines of (minutes after nine o'clock, ticket, what)."""
    return tuple(Happened(_NINE + timedelta(minutes=at), who, what) for at, who, what in lines)


_DEFINITIONS: Final = (
    Definition(
        name="ticket-volume",
        title="Ticket volume",
        formula="The number of tickets whose first message was received (or that an agent opened) "
        "in the window.",
        unit="tickets",
        direction="neutral",
        example=Example(
            _log((5, "A", "opened"), (50, "B", "opened"), (61, "C", "opened")),
            _NINE,
            Figure(2),
            "A and B were opened from 9:00 to 10:00; C was opened at 10:01.",
        ),
    ),
    Definition(
        name="backlog",
        title="Backlog",
        formula="The number of tickets that are neither solved nor closed at the end of the window "
        "(in a window that still runs: now). Each ticket counts where it was at that time: for the "
        "channel, team and priority that it then had.",
        unit="tickets",
        direction="lower-is-better",
        example=Example(
            _log(
                (-30, "A", "opened"), (5, "B", "opened"), (20, "A", "solved"), (30, "C", "opened"),
                (40, "C", "solved"), (50, "C", "reopened"), (65, "B", "solved"),
            ),
            _NINE,
            Figure(2),
            "At 10:00 A is solved; B is solved only at 10:05, and C was reopened at 9:50.",
        ),
    ),
    Definition(
        name="first-response-time",
        title="First-response time",
        formula="The seconds from a ticket's opening to the first public reply that an agent "
        "wrote; automatic replies and notes do not count. It counts in the window of the reply, "
        "for the channel, team and priority that the ticket has now. Percentiles are within 1 %.",
        unit="seconds",
        direction="lower-is-better",
        example=Example(
            _log(
                (0, "A", "opened"), (0.5, "A", "replied-automatically"), (4, "A", "replied"),
                (30, "A", "replied"), (1, "B", "opened"), (13, "B", "replied"),
                (40, "C", "opened"), (65, "C", "replied"),
            ),
            _NINE,
            Figure(2, 960.0, 480.0, 242.289, 242.289, 242.289),
            "A waited 4 minutes and B 12; C's reply came at 10:05, in the next hour. The mean of "
            "240 and 720 seconds is 480; every percentile of two values is the lower one, here "
            "within 1 % of 240.",
        ),
    ),
    Definition(
        name="resolution-time",
        title="Resolution time",
        formula="The seconds from a ticket's opening to when it was last solved. It counts in "
        "the window in which the ticket was solved, for the channel, team and priority that it "
        "has now. When a ticket is reopened, its value is taken back. Percentiles are within 1 %.",
        unit="seconds",
        direction="lower-is-better",
        example=Example(
            _log(
                (0, "A", "opened"), (10, "A", "solved"), (20, "A", "reopened"), (50, "A", "solved"),
                (2, "B", "opened"), (12, "B", "solved"),
                (5, "C", "opened"), (15, "C", "solved"), (70, "C", "reopened"),
            ),
            _NINE,
            Figure(2, 3600.0, 1800.0, 595.954, 595.954, 595.954),
            "A took 50 minutes (its first 10 were taken back) and B took 10; C was reopened at "
            "10:10 and counts nowhere. The mean of 3,000 and 600 seconds is 1,800.",
        ),
    ),
)  # fmt: skip

DEFINITIONS: Final[dict[Metric, Definition]] = {one.name: one for one in _DEFINITIONS}
"""All KPIs by name."""
