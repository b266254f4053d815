"""Calendars: when work is done."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from services.sla.api.calendar_views import (
    CalendarText,
    CalendarView,
    Day,
    HoursView,
    ImportedView,
    OwnDate,
    SpanView,
)
from services.sla.domain.calendar import between, spans
from services.sla.domain.calendar.document import BadCalendar
from services.sla.domain.calendar.imported import Imported, NotReadable, closed_days
from services.sla.domain.calendar.versions import CalendarVersion
from services.sla.repository.calendars import Calendars
from services.sla.usecases.save_calendar import (
    TooManyCalendars,
    lock_calendar,
    save_calendar,
    with_dates,
)
from services.sla.usecases.save_policy import lock_policy
from shared.service import (
    COMMAND,
    NOT_FOUND,
    AskedPage,
    Caller,
    Command,
    Conflict,
    Invalid,
    NotFound,
    Page,
    Reply,
    UnsupportedMediaType,
    Work,
    command,
    etag,
    require,
)
from shared.service.clock import wall_clock
from shared.storage import Database

LARGEST = 262_144
"""Bytes of a calendar document or an iCalendar file."""
_LONGEST = timedelta(days=400)
_MEDIA_TYPE = "text/calendar"
_READS = Depends(require("policies:read"))
_WRITES = Depends(command("policies:write"))

Id = Annotated[
    str,
    Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="The calendar's slug, yours to choose"),
]


def add_routes(router: APIRouter, database: Database) -> None:
    """Everything below /calendars."""
    _add_reads(router, database)
    _add_writes(router)

    @router.get("/calendars/{id}/hours", tags=["calendars"], responses=NOT_FOUND)
    async def get_hours(
        id: Id,
        caller: Annotated[Caller, _READS],
        from_: Annotated[datetime, Query(alias="from", description="With its offset")],
        to: Annotated[datetime, Query(description="At most 400 days later")],
    ) -> HoursView:
        """What the calendar means: each open and closed stretch between two instants, and why."""
        _check_range(from_, to)
        found = await _found(database, caller.tenant, id)
        return await asyncio.to_thread(_hours, found, from_, to)


def _add_reads(router: APIRouter, database: Database) -> None:
    @router.get("/calendars", tags=["calendars"])
    async def list_calendars(
        caller: Annotated[Caller, _READS], asked: AskedPage
    ) -> Page[CalendarView]:
        """The calendars that there are, by id."""
        [after] = asked.after_as(str) or ("",)
        async with database.reading() as session:
            rows = await Calendars(session).page(caller.tenant, after, asked.fetch)
        return asked.page(rows, view=CalendarView.of, position=lambda each: (each.id,))

    @router.get("/calendars/{id}", tags=["calendars"], responses=NOT_FOUND)
    async def get_calendar(
        id: Id, caller: Annotated[Caller, _READS], response: Response
    ) -> CalendarView:
        """The calendar as it holds now."""
        found = await _found(database, caller.tenant, id)
        response.headers["ETag"] = etag(found.version)
        return CalendarView.of(found)

    @router.get("/calendars/{id}/versions", tags=["calendars"], responses=NOT_FOUND)
    async def list_versions(
        id: Id, caller: Annotated[Caller, _READS], asked: AskedPage
    ) -> Page[CalendarView]:
        """Every version that there has been, the newest first, also that it was deleted."""
        [below] = asked.after_as(int) or (None,)
        async with database.reading() as session:
            rows = await Calendars(session).history(caller.tenant, id, below, asked.fetch)
        if not rows and below is None:
            raise NotFound("calendar", id)
        return asked.page(rows, view=CalendarView.of, position=lambda each: (each.version,))


def _add_writes(router: APIRouter) -> None:
    @router.put(
        "/calendars/{id}", tags=["calendars"], response_model=CalendarView, responses=COMMAND,
        max_body_size=LARGEST,
    )  # fmt: skip
    async def put_calendar(
        id: Id, asked: CalendarText, command: Annotated[Command, _WRITES]
    ) -> Response:
        """Let the calendar be this from now on. Saying the same again makes no new version."""

        async def effect(work: Work) -> Reply:
            before = await _locked(work, command, id)
            saved = await _saved(
                work, command, before, asked.model_dump(mode="json", exclude_none=True)
            )
            return Reply(CalendarView.of(saved), version=saved.version)

        return await command.run(effect)

    @router.delete(
        "/calendars/{id}", tags=["calendars"], status_code=204, response_model=None,
        responses=COMMAND | NOT_FOUND,
    )  # fmt: skip
    async def delete_calendar(id: Id, command: Annotated[Command, _WRITES]) -> Response:
        """Take the calendar away. Running clocks keep the version that they have.

        409 while the published policies name it: publish others first.
        """

        async def effect(work: Work) -> None:
            # Before the calendar, as publishing does: the lock keeps others from naming it now.
            named = await _named(work, command.caller.tenant)
            before = await _existing(work, command, id)
            if id in named:
                raise Conflict("The published policies name this calendar; publish others first.")
            await save_calendar(work.session, command.caller.tenant, before, None, work.now)

        return await command.run(effect)

    @router.post(
        "/calendars/{id}/import", tags=["calendars"], response_model=ImportedView,
        responses=COMMAND | NOT_FOUND, max_body_size=LARGEST,
        openapi_extra={"requestBody": {"required": True, "content": {_MEDIA_TYPE: {
            "schema": {"type": "string"}}}}},
    )  # fmt: skip
    async def import_dates(
        id: Id,
        request: Request,
        command: Annotated[Command, _WRITES],
        since: Annotated[Day | None, Query(description="First date to take; today")] = None,
        years: Annotated[int, Query(ge=1, le=20, description="How far recurring ones go")] = 5,
    ) -> Response:
        """Add the whole-day events of an iCalendar file as closed dates (RFC 5545).

        What is no day off or cannot be read is left out; `skipped` names it and says why.
        """
        found = await _read(request, since or wall_clock().date(), years)

        async def effect(work: Work) -> Reply:
            before = await _existing(work, command, id)
            document, done = with_dates(before.document or {}, found)
            saved = await _saved(work, command, before, document)
            return Reply(_imported(saved, done), version=saved.version)

        return await command.run(effect)


async def _read(request: Request, since: date, years: int) -> Imported:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise UnsupportedMediaType(_MEDIA_TYPE)
    try:
        return await asyncio.to_thread(closed_days, await request.body(), since, years)
    except NotReadable as error:
        raise Invalid(str(error)) from None


def _imported(saved: CalendarVersion, done: Imported) -> ImportedView:
    added = [OwnDate.model_validate(entry) for entry in done.dates]
    return ImportedView(calendar=CalendarView.of(saved), added=added, skipped=done.skipped[:1_000])


async def _found(database: Database, tenant: str, id: str) -> CalendarVersion:
    async with database.reading() as session:
        found = await Calendars(session).latest(tenant, id)
    if found.text is None:
        raise NotFound("calendar", id)
    return found


async def _named(work: Work, tenant: str) -> frozenset[str]:
    """The calendars that the tenant's published policies name, until the transaction ends."""
    promised = await lock_policy(work.session, tenant)
    return frozenset(policy.calendar for policy in promised.policies if policy.calendar)


async def _locked(work: Work, command: Command, id: str) -> CalendarVersion:
    before = await lock_calendar(work.session, command.caller.tenant, id)
    command.expects(before.version)
    return before


async def _existing(work: Work, command: Command, id: str) -> CalendarVersion:
    before = await _locked(work, command, id)
    if before.text is None:
        raise NotFound("calendar", id)
    return before


async def _saved(
    work: Work, command: Command, before: CalendarVersion, document: Mapping[str, Any]
) -> CalendarVersion:
    try:
        return await save_calendar(work.session, command.caller.tenant, before, document, work.now)
    except BadCalendar as error:
        raise Invalid(error.problem, pointer=f"#{error.pointer}") from None
    except TooManyCalendars as error:
        raise Conflict(f"{error}; write one of the old ones anew.") from None


def _check_range(start: datetime, end: datetime) -> None:
    for name, at in (("from", start), ("to", end)):
        if at.tzinfo is None or not 1970 <= at.year <= 9000:
            raise Invalid(f"{name} needs an offset from UTC and a year from 1970 to 9000")
    if not timedelta(0) < end - start <= _LONGEST:
        raise Invalid("to lies after from, at most 400 days")


def _hours(found: CalendarVersion, start: datetime, end: datetime) -> HoursView:
    assert found.calendar is not None
    every = list(islice(spans(found.calendar, start, end), 5_000))
    views = [SpanView(start=s.start, end=s.end, open=s.open, reason=s.reason) for s in every]
    opened = between(found.calendar, start, end)
    return HoursView(version=found.version, open_seconds=opened, spans=views)
