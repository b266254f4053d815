"""People who work tickets; full state on a compacted topic."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from .payload import Address, Count, Label, Language, Moment, Name, Part, Payload, open_enum

Availability = Annotated[str, open_enum("available", "busy", "away", "offline")]
"""Only an available agent is given tickets; open enum."""

Role = Annotated[str, open_enum("agent", "lead", "admin", "editor", "viewer")]
"""What an agent may do; roles become scopes in one table; open enum."""


class Skill(Part):
    """Something an agent can do, and how well."""

    name: Label = Field(description="The skill's key.")
    level: int = Field(default=1, description="1 (beginner) to 5 (expert).", ge=1, le=5)


class AgentChanged(Payload):
    """The whole agent after a change. Kafka key: the agent id."""

    TYPE: ClassVar[str] = "support.agent.changed.v1"

    agent_id: UUID = Field(description="The agent's id; the `sub` of their tokens.")
    name: Name = Field(description="Name that customers and colleagues see.")
    email: Address | None = Field(default=None, description="Mail address; null if unknown.")
    teams: tuple[Label, ...] = Field(
        default=(), description="Keys of the teams the agent works in.", max_length=100
    )
    skills: tuple[Skill, ...] = Field(
        default=(), description="Skills with levels, at most 100.", max_length=100
    )
    languages: tuple[Language, ...] = Field(
        default=(), description="Languages the agent answers in, BCP 47.", max_length=50
    )
    capacity: dict[str, Count] = Field(
        default_factory=dict,
        description="How many open tickets at once, by channel; `total` limits all together. "
        "A channel without an entry has no limit of its own.",
        max_length=50,
    )
    availability: Availability = Field(default="offline", description="Whether to give work to.")
    roles: tuple[Role, ...] = Field(
        default=("agent",), description="What the agent may do.", max_length=20
    )
    offboarded: bool = Field(
        default=False, description="True once the agent has left: every service refuses the token."
    )
    reason: str = Field(
        default="",
        description="Why the state changed, in a sentence for people; at most 500 characters.",
        max_length=500,
    )
    changed_at: Moment = Field(description="When this state came about.")

    def record_key(self) -> str:
        return str(self.agent_id)
