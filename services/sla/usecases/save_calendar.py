"""Somebody says when work is done, from now on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.sla.domain.calendar import NeverOpen, add
from services.sla.domain.calendar.document import BadCalendar, calendar_of
from services.sla.domain.calendar.imported import Imported
from services.sla.domain.calendar.versions import CalendarVersion
from services.sla.repository.calendars import Calendars
from shared.storage import Session

MOST_CALENDARS = 200
"""Calendars that a tenant may ever have had."""
MOST_DATES = 2_000
"""Dates with hours or names of their own in one calendar."""

# Files beside the zones: what a machine is set to, no place at all, other counts of seconds.
_NO_PLACE = frozenset({"localtime", "posixrules", "Factory", "posix", "right"})


class TooManyCalendars(ValueError):
    """The tenant has had as many as there may be; an old one can be written anew."""


async def lock_calendar(session: Session, tenant: str, id: str) -> CalendarVersion:
    """The latest version of a calendar; nobody else changes calendars until the end."""
    await Calendars.lock(session)
    return await Calendars(session).latest(tenant, id)


async def save_calendar(
    session: Session,
    tenant: str,
    before: CalendarVersion,
    document: Mapping[str, Any] | None,
    now: datetime,
) -> CalendarVersion:
    """Stores the next version of a locked calendar unless it says the same; None deletes it.

    Raises BadCalendar, TooManyCalendars. Clocks keep the version that they have until the policy or
    the calendar in force at their events says otherwise.
    """
    if document is not None:
        check(document, now)
    after = before.followed_by(document, now)
    if after is before:
        return before
    calendars = Calendars(session)
    if before.version == 0 and await calendars.count(tenant) >= MOST_CALENDARS:
        raise TooManyCalendars(f"a tenant has at most {MOST_CALENDARS} calendars")
    await calendars.add(session, tenant, after)
    return after


def check(document: Mapping[str, Any], now: datetime) -> None:
    """Raises BadCalendar for a document that is no calendar, or one that is never open."""
    if str(document.get("zone")).partition("/")[0] in _NO_PLACE:
        raise BadCalendar("/zone", "this is no place's zone; it differs from machine to machine")
    if len(document.get("dates") or ()) > MOST_DATES:
        raise BadCalendar("/dates", f"a calendar has at most {MOST_DATES} dates of its own")
    try:
        add(calendar_of(document), now, 1)
    except NeverOpen:
        raise BadCalendar("/hours", "there is no open time in 20 years to come") from None


def with_dates(document: Mapping[str, Any], found: Imported) -> tuple[dict[str, Any], Imported]:
    """The document with imported dates, and what was added and left out.

    A date that the calendar has already stays as it is: somebody may have given it hours.
    """
    dates = list(document.get("dates") or ())
    known = {entry["date"] for entry in dates}
    done = Imported(skipped=list(found.skipped))
    for entry in found.dates:
        if entry["date"] in known:
            done.skipped.append(f"{entry['name']}: {entry['date']} is in the calendar already")
        else:
            known.add(entry["date"])
            done.dates.append(entry)
    return {**document, "dates": dates + done.dates}, done
