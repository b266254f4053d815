"""Calendars as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from services.sla.domain.calendar.versions import CalendarVersion

Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(9000, 12, 31))]
"""A day that may be asked for: around it there is room to reckon."""

_Time = Annotated[str, Field(max_length=8, examples=["09:00"])]
_Hours = Annotated[list[tuple[_Time, _Time]], Field(max_length=48)]
_Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Holidays(BaseModel):
    """Public holidays of a country, and of one part of it."""

    model_config = ConfigDict(extra="forbid")

    country: str = Field(max_length=10, description="ISO 3166-1 alpha-2", examples=["DE"])
    subdivision: str | None = Field(None, max_length=10, description="ISO 3166-2 without country")


class OwnDate(BaseModel):
    """A date that differs from its weekday."""

    model_config = ConfigDict(extra="forbid")

    date: str = Field(max_length=10, description="YYYY-MM-DD, or --MM-DD for every year")
    name: str | None = Field(None, max_length=200, pattern=r"^[^\x00-\x1f]+$")
    hours: _Hours | None = Field(None, description="Opening hours of the date; none: closed")


class CalendarText(BaseModel):
    """When work is done: hours by weekday, holidays, and dates of its own."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "zone": "Europe/Berlin",
                    "hours": {"mon": [["09:00", "12:00"], ["13:00", "17:30"]]},
                    "holidays": {"country": "DE", "subdivision": "BY"},
                    "dates": [{"date": "--12-24", "hours": [["09:00", "12:00"]]}],
                }
            ]
        },
    )

    zone: str = Field(max_length=64, description="IANA time zone", examples=["Europe/Berlin"])
    hours: dict[_Weekday, _Hours] = Field(
        default_factory=dict,
        description="Intervals of each weekday; an end at or before its start lies in the next day",
    )
    holidays: Holidays | None = None
    dates: list[OwnDate] = Field(default_factory=list, max_length=2_000)


class CalendarView(CalendarText):
    """One version of a calendar."""

    id: str
    version: int = Field(description="Counts the changes from 1; the ETag")
    since: datetime = Field(description="From when on it holds")
    deleted: bool = Field(False, description="Whether this version says that there is none")

    @classmethod
    def of(cls, saved: CalendarVersion) -> Self:
        """The view of a version; of a deleted one its zone is empty."""
        shown = {"zone": "", **(saved.document or {})}
        return cls.model_validate(
            {**shown, "id": saved.id, "version": saved.version, "since": saved.since,
             "deleted": saved.text is None}
        )  # fmt: skip


class ImportedView(BaseModel):
    """What an iCalendar file has added to a calendar."""

    calendar: CalendarView
    added: list[OwnDate]
    skipped: list[str] = Field(description="What was left out, and why", max_length=1_000)


class SpanView(BaseModel):
    """A stretch of time that counts or not."""

    start: datetime
    end: datetime
    open: bool = Field(description="Whether it counts")
    reason: str = Field(description="open, closed, or `holiday: ` and its name")


class HoursView(BaseModel):
    """What a calendar makes of a stretch of time."""

    version: int = Field(description="Version of the calendar")
    open_seconds: int = Field(description="Business seconds between the two instants")
    spans: list[SpanView] = Field(description="All of it in order, at most 5,000 stretches")
