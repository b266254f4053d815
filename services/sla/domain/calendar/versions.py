"""Versions of a calendar: which one held when."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from services.sla.domain.calendar.document import calendar_of
from services.sla.domain.calendar.model import Calendar


@dataclass(frozen=True, slots=True)
class CalendarVersion:
    """A calendar as it holds from `since` on, until the next version does.

    text: its document as JSON, None if it was deleted. Version 0 is a calendar nobody has made yet.
    """

    id: str
    version: int
    since: datetime | None
    text: str | None

    @property
    def document(self) -> Mapping[str, Any] | None:
        """What people wrote; None if the calendar was deleted."""
        found: Mapping[str, Any] | None = None if self.text is None else json.loads(self.text)
        return found

    @property
    def calendar(self) -> Calendar | None:
        """The calendar to reckon with; None if it was deleted."""
        return None if self.text is None else _calendar(self.text)

    def followed_by(self, document: Mapping[str, Any] | None, since: datetime) -> "CalendarVersion":
        """The next version; this one if it says the same already. Never before this one."""
        if self.document == document:
            return self
        text = None if document is None else json.dumps(document)
        since = since if self.since is None else max(since, self.since)
        return CalendarVersion(self.id, self.version + 1, since, text)


def calendar_at(versions: Sequence[CalendarVersion], at: datetime) -> CalendarVersion | None:
    """The version that held at the instant, else the first one; `versions` in rising order.

    A ticket older than the calendar is served by the calendar's beginning.
    """
    for version in reversed(versions):
        if version.since is None or version.since <= at:
            return version
    return versions[0] if versions else None


# What was reckoned is kept with a calendar, so equal texts share one.
@lru_cache(maxsize=1024)
def _calendar(text: str) -> Calendar:
    return calendar_of(json.loads(text))
