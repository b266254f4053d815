"""What is known of tenants, teams and agents, as they are announced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.router.domain.agents import Agent
from services.router.domain.routing import Claim


class UnknownTenant(LookupError):
    """The tenant has not been set up."""


class UnknownTeam(LookupError):
    """The tenant has no team of this key."""


class UnknownAgent(LookupError):
    """The tenant has no agent of this id."""


class GivenMeanwhile(Exception):
    """An agent who is to leave got another ticket at this very moment: nothing was changed."""


class UnknownActor(LookupError):
    """Somebody is to have done something who is no agent of the tenant."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One company using Deskstream; `teams` are the keys of its teams in alphabetical order."""

    slug: str
    version: int
    name: str
    status: str
    languages: Sequence[str]
    timezone: str
    default_team: str | None
    revoked_tokens: Sequence[str]
    changed_at: datetime
    teams: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """People who work tickets of one kind, and what comes to them."""

    tenant: str
    key: str
    version: int
    name: str
    takes: Sequence[Claim]


@dataclass(frozen=True, slots=True)
class Profile:
    """All that is known of an agent. skills: (name, level 1 to 5); load: see Agent."""

    tenant: str
    id: UUID
    version: int
    name: str
    email: str | None
    teams: Sequence[str]
    skills: Sequence[tuple[str, int]]
    languages: Sequence[str]
    capacity: Mapping[str, int]
    availability: str
    roles: Sequence[str]
    offboarded: bool
    reason: str
    changed_at: datetime
    load: Mapping[str, int]
    last_given_at: datetime | None

    def at_work(self) -> Agent:
        """The agent as the floor sees them."""
        return Agent(
            tenant=self.tenant, id=self.id, name=self.name, teams=frozenset(self.teams),
            capacity=self.capacity, load=dict(self.load),
            available=self.availability == "available", offboarded=self.offboarded,
            last_given_at=self.last_given_at,
        )  # fmt: skip
