"""Agents over HTTP."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.router.api.fields import (
    Address,
    AgentId,
    Asked,
    Channel,
    Key,
    Language,
    Reason,
    Title,
    example,
)
from services.router.api.refusals import refusals
from services.router.domain.people import Profile
from services.router.repository import views
from services.router.usecases import people
from shared.messaging import derived_id
from shared.service import (
    COMMAND,
    NOT_FOUND,
    AskedPage,
    Caller,
    Command,
    NotFound,
    Page,
    Problem,
    Reply,
    Work,
    command,
    etag,
    require,
)
from shared.storage import Database


class SkillText(Asked):
    """Something an agent can do, and how well."""

    name: Key
    level: int = Field(1, ge=1, le=5, description="1 (beginner) to 5 (expert)")


class AgentText(Asked):
    """What an agent is."""

    model_config = example(
        name="Ana Sousa", email="ana@demo.example", teams=["support"], languages=["pt", "en"],
        capacity={"total": 10, "chat": 3},
    )  # fmt: skip

    name: Title = Field(description="Name that customers and colleagues see")
    email: Address | None = Field(None, description="Mail address")
    teams: list[Key] = Field([], max_length=100, description="Keys of the teams they work in")
    skills: list[SkillText] = Field([], max_length=100)
    languages: list[Language] = Field([], max_length=50, description="What they answer in")
    capacity: dict[Channel, Annotated[int, Field(ge=0, le=100_000)]] = Field(
        {},
        max_length=50,
        description="Most open tickets at once by channel, and `total` for all together; "
        "what is not named has no limit",
    )
    roles: list[Literal["agent", "lead", "admin", "editor", "viewer"]] = Field(
        ["agent"], max_length=20, description="What they may do"
    )
    offboarded: bool = Field(
        False, description="True once they have left: their tickets go to others, tokens end"
    )
    reason: Reason = Field("", description="Why it changes, in a sentence for people")

    def wanted(self) -> people.WantedAgent:
        """What the use case is asked for."""
        return people.WantedAgent(
            name=self.name, email=self.email, teams=sorted(set(self.teams)),
            skills=[(skill.name, skill.level) for skill in self.skills],
            languages=self.languages, capacity=dict(self.capacity), roles=self.roles,
            offboarded=self.offboarded, reason=self.reason,
        )  # fmt: skip


class AvailabilityText(Asked):
    """Whether an agent takes work now."""

    model_config = example(availability="available")

    availability: Literal["available", "busy", "away", "offline"] = Field(
        description="Only an available agent is given tickets"
    )
    reason: Reason = Field("", description="Why, in a sentence for people")


class SkillView(BaseModel):
    """A skill and its level."""

    name: str
    level: int


class AgentView(BaseModel):
    """An agent as they stand."""

    id: UUID
    version: int = Field(description="Counts the changes; also in the ETag")
    name: str
    email: str | None
    teams: list[str]
    skills: list[SkillView]
    languages: list[str]
    capacity: dict[str, int]
    availability: str
    roles: list[str]
    offboarded: bool
    reason: str = Field(description="Why it was changed last")
    changed_at: datetime
    load: dict[str, int] = Field(description="Open tickets that they have now, by channel")

    @classmethod
    def of(cls, agent: Profile) -> Self:
        """The view of an agent."""
        return cls(
            id=agent.id, version=agent.version, name=agent.name, email=agent.email,
            teams=list(agent.teams),
            skills=[SkillView(name=name, level=level) for name, level in agent.skills],
            languages=list(agent.languages), capacity=dict(agent.capacity),
            availability=agent.availability, roles=list(agent.roles),
            offboarded=agent.offboarded, reason=agent.reason, changed_at=agent.changed_at,
            load=dict(agent.load),
        )  # fmt: skip


async def _put(command: Command, asked: AgentText, agent_id: UUID | None) -> Response:
    async def effect(work: Work) -> Reply:
        with refusals("#/teams"):
            agent = await people.put_agent(
                work,
                command.caller.tenant,
                agent_id or derived_id(work.cause.id, "agent"),
                asked.wanted(),
                command.expects,
            )
        return Reply(AgentView.of(agent), version=agent.version, location=f"/v1/agents/{agent.id}")

    return await command.run(effect)


def routes(database: Database) -> APIRouter:
    """The endpoints of agents."""
    router = APIRouter(prefix="/v1", tags=["agents"])

    @router.post("/agents", status_code=201, response_model=AgentView, responses=COMMAND)
    async def add_agent(
        asked: AgentText, command: Annotated[Command, Depends(command("agents:write"))]
    ) -> Response:
        """Make an agent with a new id, offline at first."""
        return await _put(command, asked, None)

    @router.put("/agents/{id}", response_model=AgentView, responses=NOT_FOUND | COMMAND)
    async def put_agent(
        id: AgentId, asked: AgentText, command: Annotated[Command, Depends(command("agents:write"))]
    ) -> Response:
        """Make an agent under an id of your own, or change all of it but the availability."""
        return await _put(command, asked, id)

    @router.get("/agents")
    async def list_agents(
        caller: Annotated[Caller, Depends(require("agents:read"))], asked: AskedPage
    ) -> Page[AgentView]:
        """Agents by id, with what they have to do now."""
        (after,) = asked.after_as(UUID) or (None,)
        async with database.reading() as session:
            rows = await views.agent_page(session, caller.tenant, after, asked.fetch)
        return asked.page(rows, AgentView.of, lambda agent: (str(agent.id),))

    @router.get("/agents/{id}", responses=NOT_FOUND)
    async def get_agent(
        id: AgentId, caller: Annotated[Caller, Depends(require("agents:read"))], response: Response
    ) -> AgentView:
        """An agent, with what they have to do now: who the `assignee` of a ticket is."""
        async with database.reading() as session:
            found = await views.agent(session, caller.tenant, id)
        if found is None:
            raise NotFound("agent", id)
        response.headers["ETag"] = etag(found.version)
        return AgentView.of(found)

    @router.post(
        "/agents/{id}/availability", response_model=AgentView, responses=NOT_FOUND | COMMAND
    )
    async def set_availability(
        id: AgentId,
        asked: AvailabilityText,
        command: Annotated[Command, Depends(command("agents:read"))],
    ) -> Response:
        """Say whether you take work now; with agents:write also for others."""
        caller = command.caller
        if not caller.may("agents:write") and (caller.kind, caller.subject) != ("agent", str(id)):
            raise Problem(
                403,
                "Missing scope",
                "You may change your own availability; agents:write is needed for others'.",
                missing=["agents:write"],
            )

        async def effect(work: Work) -> Reply:
            with refusals():
                agent = await people.set_availability(
                    work,
                    caller.tenant,
                    id,
                    asked.availability,
                    reason=asked.reason,
                    expects=command.expects,
                )
            return Reply(AgentView.of(agent), version=agent.version)

        return await command.run(effect)

    return router
