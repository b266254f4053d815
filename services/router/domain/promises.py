"""What router keeps of the clocks and suggestions that it hears of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

ClockState = Literal["running", "paused", "due-soon", "breached", "met", "cancelled"]


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise on one ticket, as of the event with this `sequence`."""

    tenant: str
    ticket_id: UUID
    kind: str
    generation: int
    sequence: int
    state: ClockState
    policy: str
    target_seconds: int
    started_at: datetime
    due_at: datetime
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Articles that may answer a ticket, best first, as announced."""

    tenant: str
    ticket_id: UUID
    at: datetime
    articles: Sequence[Mapping[str, Any]]
