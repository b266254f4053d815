"""The report: how many promises were kept, and where the time of the others went."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.sla.api.calendar_views import Day
from services.sla.domain.compliance import OUTSIDE_HOURS, PAUSED, UNASSIGNED
from services.sla.usecases.compliance import By, Line, Report, report
from shared.service import Caller, Invalid, require
from shared.service.clock import wall_clock
from shared.storage import Database

_LONGEST = 800
_SHOWN = 1_000
_REASONS = 5
_CSV = "text/csv"
_NO_TEAM = {UNASSIGNED, PAUSED, OUTSIDE_HOURS}


class TimeView(BaseModel):
    """Where time of missed promises went."""

    place: str = Field(
        description="unassigned, `waiting for ` and a team, paused, or outside hours; the last two "
        "did not count"
    )
    seconds: int


class ReasonView(BaseModel):
    """Why promises were missed."""

    reason: str = Field(description="The place that took the most of the time that counted")
    clocks: int = Field(description="Of how many promises")


class LineView(BaseModel):
    """What became of the promises of one value."""

    value: str | None = Field(description="Null where there is none, such as no team")
    met: int
    breached: int
    compliance: float | None = Field(description="met / (met + breached) in percent")
    time: list[TimeView] = Field(description="Of the missed ones, the longest first")
    reasons: list[ReasonView] = Field(description=f"The {_REASONS} most frequent")

    @classmethod
    def of(cls, line: Line) -> Self:
        """The view of a line."""
        time = sorted(line.seconds.items(), key=lambda each: (-each[1], each[0]))
        reasons = sorted(line.reasons.items(), key=lambda each: (-each[1], each[0]))
        return cls(
            value=line.value, met=line.met, breached=line.breached, compliance=line.percent,
            time=[TimeView(place=place, seconds=seconds) for place, seconds in time],
            reasons=[ReasonView(reason=name, clocks=n) for name, n in reasons[:_REASONS]],
        )  # fmt: skip


class ComplianceView(BaseModel):
    """The promises that were decided between two days, both in it, in UTC."""

    first_day: date
    last_day: date
    by: By
    total: LineView
    lines: list[LineView] = Field(
        description=f"Days in order, others with the most missed first; at most {_SHOWN}"
    )
    left_out: int = Field(description="Lines beyond those; text/csv has them all")

    @classmethod
    def of(cls, found: Report, by: By, days: tuple[date, date]) -> Self:
        """The view of a report."""
        return cls(
            first_day=days[0], last_day=days[1], by=by, total=LineView.of(found.total),
            lines=[LineView.of(line) for line in found.lines[:_SHOWN]],
            left_out=max(0, len(found.lines) - _SHOWN),
        )  # fmt: skip


def add_routes(router: APIRouter, database: Database) -> None:
    """GET /compliance."""

    @router.get(
        "/compliance", tags=["compliance"], response_model=ComplianceView,
        responses={200: {"content": {_CSV: {"schema": {"type": "string"}}}}},
    )  # fmt: skip
    async def get_compliance(
        request: Request,
        caller: Annotated[Caller, Depends(require("clocks:read"))],
        *,
        by: Annotated[By, Query(description="What the lines are for")] = "policy",
        from_: Annotated[
            Day | None, Query(alias="from", description="First day, UTC; 29 days before `to`")
        ] = None,
        to: Annotated[Day | None, Query(description="Last day, UTC; today")] = None,
        format: Annotated[
            Literal["json", "csv"] | None, Query(description="As Accept says unless given")
        ] = None,
    ) -> Any:
        """How many promises were kept: by policy, priority, team, agent and so on, or by day."""
        days = _days(from_, to)
        async with database.reading() as session:
            found = await report(session, caller.tenant, by, days)
        accepts_csv = request.headers.get("accept", "").lower().startswith(_CSV)
        if format == "csv" or (format is None and accepts_csv):
            return Response(_csv(by, found), media_type=f"{_CSV}; charset=utf-8")
        return ComplianceView.of(found, by, days)


def _days(first: date | None, last: date | None) -> tuple[date, date]:
    last = last or wall_clock().date()
    first = first or last - timedelta(days=29)
    if not timedelta(0) <= last - first < timedelta(days=_LONGEST):
        raise Invalid(f"to is not before from, and they span at most {_LONGEST} days")
    return first, last


def _csv(by: By, found: Report) -> str:
    """A row a line. The last columns have the seconds of each place that waited, by team."""
    teams = sorted({place for line in found.lines for place in line.seconds} - _NO_TEAM)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        [by, "met", "breached", "compliance_percent", "unassigned_seconds", "waiting_seconds",
         "paused_seconds", "outside_hours_seconds", "top_reason",
         *(f"seconds {place}" for place in teams)]
    )  # fmt: skip
    writer.writerows(_cells(line, teams) for line in found.lines)
    return text.getvalue()


def _cells(line: Line, teams: Sequence[str]) -> Iterator[Any]:
    yield _plain(line.value or "")
    yield from (line.met, line.breached, "" if line.percent is None else line.percent)
    yield line.seconds.get(UNASSIGNED, 0)
    yield sum(line.seconds.get(place, 0) for place in teams)
    yield from (line.seconds.get(place, 0) for place in (PAUSED, OUTSIDE_HOURS))
    yield _plain(min(line.reasons, key=lambda name: (-line.reasons[name], name), default=""))
    yield from (line.seconds.get(place, 0) for place in teams)


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
