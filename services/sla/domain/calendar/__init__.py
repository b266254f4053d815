"""Business calendars: when work is done, how long something took, and when it will be due."""

from services.sla.domain.calendar.model import AROUND_THE_CLOCK, Calendar, Hours
from services.sla.domain.calendar.reckoning import (
    NeverOpen,
    Span,
    add,
    after,
    between,
    passed,
    spans,
)

__all__ = [
    "AROUND_THE_CLOCK", "Calendar", "Hours", "NeverOpen", "Span", "add", "after", "between",
    "passed", "spans",
]  # fmt: skip
