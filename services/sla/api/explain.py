"""Why the clocks of a ticket stand where they stand, to the second."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from services.sla.api.clocks import ClockView
from services.sla.domain.book import Book
from services.sla.domain.clocks import Clock, ClockKey
from services.sla.domain.explain import Interval, entries, explain
from services.sla.domain.fold import fold
from services.sla.domain.history import Step
from services.sla.repository import find
from services.sla.repository.histories import history
from services.sla.usecases.books import books
from shared.service import NOT_FOUND, Caller, NotFound, require
from shared.service.clock import wall_clock
from shared.storage import Database

_MOST = 5_000


class IntervalView(BaseModel):
    """A piece of a clock's life that counted or did not."""

    start: datetime
    end: datetime
    seconds: float = Field(description="Its length on the wall")
    counted: bool
    reason: str = Field(
        description="open; closed or `holiday: ` and its name; `paused: ` with the status and by "
        "whom; or what had ended the clock for a while"
    )
    team: str | None = Field(description="Who had the ticket")
    assignee: str | None

    @classmethod
    def of(cls, one: Interval) -> Self:
        """The view of an interval."""
        return cls(
            start=one.start, end=one.end, seconds=one.seconds, counted=one.counted,
            reason=one.reason, team=one.facts.team, assignee=one.facts.assignee,
        )  # fmt: skip


class EntryView(BaseModel):
    """One line of a clock's history."""

    what: str = Field(
        description="started, paused, resumed, retargeted, warned, breached, met, cancelled"
    )
    at: datetime
    wall_seconds: int = Field(description="Gone by since the start")
    business_seconds: int = Field(description="Of those, the ones that counted")
    why: str
    by: str = Field(description="Whose doing it was: `agent ` and an id, customer, system, time")


class ExplainedClock(BaseModel):
    """One clock, what it went through, and where all its time went."""

    clock: ClockView
    history: list[EntryView]
    intervals: list[IntervalView] = Field(
        description=f"From its start to its end, or to now, without a gap; the first {_MOST}"
    )
    counted_seconds: float = Field(description="Sum of the intervals that counted")
    not_counted_seconds: float


class ExplainView(BaseModel):
    """Why the clocks of a ticket stand where they stand."""

    ticket_id: UUID
    at: datetime = Field(description="The now of running clocks")
    clocks: list[ExplainedClock] = Field(description="In the order in which they were started")


def add_routes(router: APIRouter, database: Database) -> None:
    """GET /tickets/{id}/explain."""

    @router.get("/tickets/{id}/explain", tags=["clocks"], responses=NOT_FOUND)
    async def explain_clocks(
        id: Annotated[UUID, Path(description="Ticket id")],
        caller: Annotated[Caller, Depends(require("clocks:read"))],
    ) -> ExplainView:
        """Every interval that counted and every one that did not, with its reason."""
        async with database.reading() as session:
            ticket = await find(session, caller.tenant, id)
            steps = await history(session, caller.tenant, id)
            known = {(caller.tenant, step.facts.customer) for step in steps if step.facts.customer}
            book = (await books(session, {caller.tenant}, known))[caller.tenant]
        if ticket is None:
            raise NotFound("ticket", id)
        return await asyncio.to_thread(_explained, id, steps, book, ticket.clocks)


def _explained(
    id: UUID, steps: Sequence[Step], book: Book, stored: Mapping[ClockKey, Clock]
) -> ExplainView:
    now = wall_clock()
    folded = [each.with_stages_of(stored.get(each.key)) for each in fold(steps, book).values()]
    folded.sort(key=lambda each: (each.generation, each.kind))
    return ExplainView(ticket_id=id, at=now, clocks=[_clock(id, each, now) for each in folded])


def _clock(id: UUID, clock: Clock, now: datetime) -> ExplainedClock:
    every = list(_merged(explain(clock, now)))
    counted = sum(one.seconds for one in every if one.counted)
    return ExplainedClock(
        clock=ClockView.of(id, clock),
        history=[
            EntryView(what=one.what, at=one.at, wall_seconds=one.wall_seconds,
                      business_seconds=one.business_seconds, why=one.why, by=one.by)
            for one in entries(clock, now)
        ],
        intervals=[IntervalView.of(one) for one in islice(every, _MOST)],
        counted_seconds=counted,
        not_counted_seconds=sum(one.seconds for one in every) - counted,
    )  # fmt: skip


def _merged(intervals: Iterator[Interval]) -> Iterator[Interval]:
    """Neighbours that say the same as one, so that a note about the ticket makes no line."""
    last: Interval | None = None
    for one in intervals:
        if last is not None and _says(last) == _says(one):
            last = Interval(last.start, one.end, one.counted, one.reason, one.facts)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _says(one: Interval) -> tuple[object, ...]:
    return one.counted, one.reason, one.facts.team, one.facts.assignee
