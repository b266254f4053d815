"""The promises on one ticket, and what has become of them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from services.sla.domain.clocks import Clock, Outcome, Stage
from services.sla.domain.ticket import Ticket
from services.sla.repository import find
from services.sla.usecases.announce import clock_id
from shared.service import NOT_FOUND, Caller, NotFound, require
from shared.storage import Database


class ClockView(BaseModel):
    """One promise on one ticket."""

    id: UUID = Field(description="As `clock_id` in the events of support.sla.v1")
    kind: str = Field(description="What is promised", examples=["first-response"])
    generation: int = Field(description="Sequence of the ticket event that started it")
    policy: str = Field(description="Name of the policy that promised it")
    policy_id: str = Field(description="Its id")
    policy_version: int = Field(description="Version of the set that it is in")
    calendar: str | None = Field(description="Id of its calendar; null: around the clock")
    calendar_version: int | None = Field(description="Version of that calendar")
    priority: str = Field(description="Priority that chose the target")
    retargets: int = Field(description="How often it was given another target")
    paused_at: datetime | None = Field(description="Since when it stands still")
    target_seconds: int = Field(description="Business seconds that were promised")
    started_at: datetime
    due_soon_at: datetime = Field(description="When 75 % of the time have gone by")
    due_at: datetime = Field(description="When the promise ends")
    outcome: Outcome = Field(description="running, met, or cancelled: no longer wanted")
    ended_at: datetime | None = Field(description="When it was met or cancelled")
    elapsed_seconds: int | None = Field(description="Business seconds that it ran; null if it runs")
    due_soon: bool = Field(description="Whether it runs and has been announced as nearly due")
    breached: bool = Field(description="Whether the promise is broken")

    @classmethod
    def of(cls, ticket: UUID, clock: Clock) -> Self:
        """The view of a ticket's clock."""
        running = clock.outcome is Outcome.RUNNING
        return cls(
            id=clock_id(ticket, clock), kind=clock.kind, generation=clock.generation,
            policy=clock.policy, policy_id=clock.policy_id, policy_version=clock.set_version,
            calendar=clock.calendar or None,
            calendar_version=clock.calendar_version if clock.calendar else None,
            retargets=clock.retargets, paused_at=clock.paused_at,
            priority=clock.priority, target_seconds=clock.target_seconds,
            started_at=clock.started_at, due_soon_at=clock.due_soon_at, due_at=clock.due_at,
            outcome=clock.outcome, ended_at=clock.ended_at,
            elapsed_seconds=None if running else clock.elapsed_seconds,
            due_soon=running and clock.stage is Stage.DUE_SOON,
            breached=clock.breached,
        )  # fmt: skip


class ClocksView(BaseModel):
    """The promises on one ticket."""

    ticket_id: UUID
    version: int = Field(description="Counts what has been announced about the ticket's clocks")
    clocks: list[ClockView] = Field(description="In the order in which they were started")

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """The view of a ticket."""
        clocks = sorted(ticket.clocks.values(), key=lambda each: (each.generation, each.kind))
        views = [ClockView.of(ticket.id, each) for each in clocks]
        return cls(ticket_id=ticket.id, version=ticket.version, clocks=views)


def add_routes(router: APIRouter, database: Database) -> None:
    """GET /tickets/{id}/clocks."""

    @router.get("/tickets/{id}/clocks", tags=["clocks"], responses=NOT_FOUND)
    async def get_clocks(
        id: Annotated[UUID, Path(description="Ticket id")],
        caller: Annotated[Caller, Depends(require("clocks:read"))],
    ) -> ClocksView:
        """Every promise on a ticket: what it is, when it is due, and what has become of it."""
        async with database.reading() as session:
            ticket = await find(session, caller.tenant, id)
        if ticket is None:
            raise NotFound("ticket", id)
        return ClocksView.of(ticket)
