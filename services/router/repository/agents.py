"""Agents: locked with their loads by whoever gives or takes work, and changed as a whole."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Row,
    Text,
    Uuid,
    and_,
    any_,
    not_,
    select,
    tuple_,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.router import tables
from services.router.domain.agents import Agent
from services.router.domain.people import Profile
from services.router.repository.columns import columns, given, same, taken
from services.router.repository.queues import QueueKey
from shared.storage import ReadSession, Session, constant, unnest

AgentKey = tuple[str, UUID]
"""(tenant, agent id)"""

_agents, _tenants = tables.agents, tables.tenants
_KEY = ("tenant", "id")
_LOAD = ("load", "last_given_at")
_FIELDS: Final = tuple(field.name for field in fields(Profile))
PROFILE: Final = tuple(_agents.c[name] for name in _FIELDS)
"""The columns that make a domain Profile, in the order of its fields."""

_named = unnest("named", n_tenant=Text, n_id=Uuid)
_team = unnest("team", t_tenant=Text, t_team=Text)
_working = _agents.alias("working")
_wanted = union(
    select(_named.c.n_tenant, _named.c.n_id),
    select(_working.c.tenant, _working.c.id)
    .join(
        _team,
        and_(_working.c.tenant == _team.c.t_tenant, _team.c.t_team == any_(_working.c.teams)),
    )
    .where(_working.c.availability == constant("available"), not_(_working.c.offboarded)),
)
_LOCK = (
    select(
        _agents.c.tenant, _agents.c.id, _agents.c.name, _agents.c.teams, _agents.c.capacity,
        _agents.c.load, _agents.c.availability, _agents.c.offboarded, _agents.c.last_given_at,
    )
    .where(tuple_(_agents.c.tenant, _agents.c.id).in_(_wanted))
    .order_by(_agents.c.tenant, _agents.c.id)
    .with_for_update(of=_agents)
)  # fmt: skip

_asked = given(_agents, _KEY)
_WHERE = (
    select(_agents.c.tenant, _agents.c.id, _agents.c.teams, _tenants.c.default_team)
    .join(_asked, same(_agents, _asked, *_KEY))
    .outerjoin(_tenants, _tenants.c.tenant == _agents.c.tenant)
)

_loaded = given(_agents, (*_KEY, *_LOAD))
_SAVE_LOADS = (
    update(_agents)
    .where(same(_agents, _loaded, *_KEY))
    .values(dict(zip(_LOAD, taken(_loaded, _LOAD), strict=True)))
)


@dataclass(frozen=True, slots=True)
class Membership:
    """Where an agent works, as it was a moment ago: the row is not locked yet."""

    tenant: str
    agent_id: UUID
    teams: Sequence[str]
    default_team: str | None


class Agents:
    """The agents table, inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def memberships(self, keys: Collection[AgentKey]) -> list[Membership]:
        """The teams of those agents, read without a lock, to know which queues to lock first."""
        if not keys:
            return []
        rows = await self._session.execute(_WHERE, _bound("g", keys))
        return [Membership(*row) for row in rows]

    async def lock(
        self, teams: Collection[QueueKey], keys: Collection[AgentKey]
    ) -> dict[UUID, Agent]:
        """Locks whoever works in those teams, and those agents, in the order of their ids."""
        tenants, keys_of_teams = zip(*sorted(teams), strict=True) if teams else ((), ())
        rows = await self._session.execute(
            _LOCK,
            {"t_tenant": list(tenants), "t_team": list(keys_of_teams), **_bound("n", keys)},
        )
        return {row.id: _agent(row) for row in rows}

    async def save_loads(self, agents: Iterable[Agent]) -> None:
        """Stores the loads of locked agents."""
        await self._session.execute(_SAVE_LOADS, columns((*_KEY, *_LOAD), agents))

    async def put(self, changed: Profile) -> None:
        """Makes the agent or replaces all but the load, which has a life of its own."""
        values = {name: getattr(changed, name) for name in _FIELDS if name not in _LOAD}
        values["skills"] = [{"name": name, "level": level} for name, level in changed.skills]
        statement = insert(_agents).values(**values, load={})
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=list(_KEY), set_=values)
        )


async def profiles(session: ReadSession, ids: Collection[UUID]) -> dict[UUID, Profile]:
    """Agents of any tenant, by id: ids are unique across tenants, since they are Kafka keys."""
    rows = await session.execute(select(*PROFILE).where(_agents.c.id.in_(sorted(ids))))
    return {row.id: profile_of(row) for row in rows}


async def all_profiles(session: ReadSession, after: str | None, limit: int) -> list[Profile]:
    """Agents of all tenants by id; after: the id of the page before's last."""
    query = select(*PROFILE).order_by(_agents.c.id).limit(limit)
    if after is not None:
        query = query.where(_agents.c.id > UUID(after))
    return [profile_of(row) for row in await session.execute(query)]


def profile_of(row: Row[Any]) -> Profile:
    """A row of PROFILE as its domain object."""
    values = dict(row._mapping)
    values["skills"] = tuple((skill["name"], skill["level"]) for skill in values["skills"])
    return Profile(**values)


def _agent(row: Any) -> Agent:
    return Agent(
        tenant=row.tenant, id=row.id, name=row.name, teams=frozenset(row.teams),
        capacity=row.capacity, load=row.load, available=row.availability == "available",
        offboarded=row.offboarded, last_given_at=row.last_given_at,
    )  # fmt: skip


def _bound(prefix: str, keys: Collection[AgentKey]) -> dict[str, list[Any]]:
    ordered = sorted(keys)
    return {
        f"{prefix}_tenant": [tenant for tenant, _ in ordered],
        f"{prefix}_id": [agent_id for _, agent_id in ordered],
    }
