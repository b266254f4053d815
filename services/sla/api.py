"""The HTTP API: what is promised, and what has become of it on one ticket."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.sla.domain.clocks import Clock, Outcome, Stage
from services.sla.domain.policy import Kind, Minutes, Policy
from services.sla.domain.ticket import Ticket
from services.sla.repository import Policies, find
from services.sla.usecases.announce import clock_id
from services.sla.usecases.save_policy import lock_policy, save_policy
from shared.service import (
    COMMAND,
    NOT_FOUND,
    Caller,
    Command,
    NotFound,
    Reply,
    Work,
    command,
    etag,
    require,
)
from shared.storage import Database

_Target = Annotated[
    int | None, Field(ge=1, le=5_256_000, description="Minutes; null if it is not promised")
]
_EXAMPLE: dict[str, Any] = {
    "name": "Standard",
    "minutes": {
        "urgent": {"first-response": 15, "resolution": 240},
        "high": {"first-response": 60, "resolution": 480},
        "normal": {"first-response": 240, "resolution": 1440},
        "low": {"first-response": 480, "resolution": None},
    },
}


class Targets(BaseModel):
    """What is promised at one priority."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first_response: _Target = Field(None, alias="first-response")
    resolution: _Target = Field(None, alias="resolution")


class TargetsByPriority(BaseModel):
    """What is promised at each priority."""

    model_config = ConfigDict(extra="forbid")

    urgent: Targets
    high: Targets
    normal: Targets
    low: Targets


class PolicyText(BaseModel):
    """What is promised to the customers of a tenant."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    name: str = Field(
        min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$", description="What people call it"
    )
    minutes: TargetsByPriority = Field(
        description="Minutes from a ticket's opening to the first answer by a person, and to its "
        "solution; a reopened ticket has the latter once more"
    )

    def by_kind(self) -> Minutes:
        """The targets as the domain has them: without those that are not promised."""
        written = self.minutes.model_dump(by_alias=True, exclude_none=True)
        return {
            priority: {Kind(kind): minutes for kind, minutes in targets.items()}
            for priority, targets in written.items()
        }


class PolicyView(PolicyText):
    """The policy that holds now."""

    version: int = Field(description="Counts the changes; 0 is the built-in policy", examples=[1])
    since: datetime | None = Field(
        description="Clocks that start from here on keep to it; null for the built-in policy"
    )

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """The view of a version."""
        return cls.model_validate(
            {"name": policy.name, "minutes": policy.minutes, "version": policy.version,
             "since": policy.since}
        )  # fmt: skip


class ClockView(BaseModel):
    """One promise on one ticket."""

    id: UUID = Field(description="As `clock_id` in the events of support.sla.v1")
    kind: str = Field(description="What is promised", examples=["first-response"])
    generation: int = Field(description="Sequence of the ticket event that started it")
    policy: str = Field(description="Name of the policy that promised it")
    priority: str = Field(description="Priority that chose the target")
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
            policy=clock.policy, priority=clock.priority, target_seconds=clock.target_seconds,
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


def routes(database: Database) -> APIRouter:
    """The endpoints; `database` is read by the queries, commands bring their own transaction."""
    router = APIRouter(prefix="/v1")

    @router.get("/policy", tags=["policy"])
    async def get_policy(
        caller: Annotated[Caller, Depends(require("policies:read"))], response: Response
    ) -> PolicyView:
        """What is promised now; the built-in policy until the tenant has one of its own."""
        async with database.reading() as session:
            policy = await Policies(session).current(caller.tenant)
        response.headers["ETag"] = etag(policy.version)
        return PolicyView.of(policy)

    @router.put("/policy", tags=["policy"], response_model=PolicyView, responses=COMMAND)
    async def put_policy(
        asked: PolicyText, command: Annotated[Command, Depends(command("policies:write"))]
    ) -> Response:
        """Promise this from now on. Clocks that run already keep their instants."""

        async def effect(work: Work) -> Reply:
            tenant = command.caller.tenant
            before = await lock_policy(work.session, tenant)
            command.expects(before.version)
            after = before.followed_by(asked.name, asked.by_kind(), work.now)
            await save_policy(work.session, tenant, before, after)
            return Reply(PolicyView.of(after), version=after.version)

        return await command.run(effect)

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

    return router
