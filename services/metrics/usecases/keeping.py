"""Keeping: how long windows and facts stay, and giving up what is older."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.metrics.domain.windows import GRAINS, Grain, start_of
from services.metrics.repository.announcements import Announcements
from services.metrics.repository.cells import Cells
from services.metrics.repository.facts import Facts
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept, counted from now."""

    windows: Mapping[Grain, timedelta]
    facts: timedelta

    def windows_since(self, now: datetime) -> dict[Grain, datetime]:
        """Of each grain, the start of the oldest window that is kept."""
        return {grain: start_of(now - self.windows[grain], grain) for grain in GRAINS}


async def sweep(session: Session, now: datetime, kept: Retention, limit: int) -> int:
    """Delete up to `limit` windows' rows and facts that are past their retention; returns how many.

    It looks once an hour.
    """
    announcements = Announcements(session)
    if await announcements.take_turn("sweep", now, timedelta(hours=1)) is None:
        return 0
    swept = 0
    for grain, before in kept.windows_since(now).items():
        swept += await Cells(session).forget(grain, before, limit - swept)
    swept += await Facts(session).forget(now - kept.facts, limit - swept)
    if swept < limit:
        await announcements.end_turn("sweep", now, 0)
    return swept
