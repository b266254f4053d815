"""Tenants and their teams."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any

from sqlalchemy import ARRAY, Row, Text, func, select
from sqlalchemy.dialects.postgresql import insert

from services.router import tables
from services.router.domain.people import Team, Tenant
from services.router.domain.routing import Claim, Routing
from shared.storage import ReadSession, Session

_tenants, _teams = tables.tenants, tables.teams
_TENANT = tuple(field.name for field in fields(Tenant) if field.name not in {"slug", "teams"})
_ROUTING = (
    select(_tenants.c.tenant, _tenants.c.default_team, _teams.c.key, _teams.c.takes)
    .outerjoin(_teams, _teams.c.tenant == _tenants.c.tenant)
    .order_by(_tenants.c.tenant, _teams.c.key)
)
_STATE = select(
    _tenants,
    func.array(
        select(_teams.c.key)
        .where(_teams.c.tenant == _tenants.c.tenant)
        .order_by(_teams.c.key)
        .correlate(_tenants)
        .scalar_subquery(),
        type_=ARRAY(Text),
    ).label("team_keys"),
)


class Tenants:
    """The tenants and teams tables, inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def routings(self, tenants: Collection[str]) -> dict[str, Routing]:
        """How each of the tenants routes new tickets; one that is not set up routes nowhere."""
        rows = await self._session.execute(_ROUTING.where(_tenants.c.tenant.in_(sorted(tenants))))
        defaults: dict[str, str | None] = dict.fromkeys(tenants)
        claims: dict[str, list[Claim]] = {tenant: [] for tenant in tenants}
        for tenant, default_team, key, takes in rows:
            defaults[tenant] = default_team
            claims[tenant] += _claims(key, takes or ())
        return {tenant: Routing(defaults[tenant], claims[tenant]) for tenant in tenants}

    async def lock(self, slug: str) -> Tenant | None:
        """Locks the tenant, so that its teams stay as they are too."""
        query = select(_tenants.c.tenant).where(_tenants.c.tenant == slug).with_for_update()
        await self._session.execute(query)
        return (await of_slugs(self._session, [slug])).get(slug)

    async def put(self, tenant: Tenant) -> None:
        """Makes the tenant or replaces it."""
        values = {name: getattr(tenant, name) for name in _TENANT}
        statement = insert(_tenants).values(tenant=tenant.slug, **values)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["tenant"], set_=values)
        )

    async def team(self, tenant: str, key: str) -> Team | None:
        """One team of a locked tenant."""
        query = select(_teams).where(_teams.c.tenant == tenant, _teams.c.key == key)
        row = (await self._session.execute(query)).first()
        return None if row is None else _team(row)

    async def put_team(self, team: Team) -> None:
        """Makes the team or replaces it."""
        takes = [{"channel": claim.channel, "account": claim.account} for claim in team.takes]
        values: dict[str, Any] = {"version": team.version, "name": team.name, "takes": takes}
        statement = insert(_teams).values(tenant=team.tenant, key=team.key, **values)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["tenant", "key"], set_=values)
        )


async def slugs_after(session: ReadSession, after: str | None, limit: int) -> list[str]:
    """The slugs of all tenants in order; after: the page before's last."""
    query = select(_tenants.c.tenant).order_by(_tenants.c.tenant).limit(limit)
    if after is not None:
        query = query.where(_tenants.c.tenant > after)
    return list((await session.execute(query)).scalars())


async def of_slugs(session: ReadSession, slugs: Collection[str]) -> dict[str, Tenant]:
    """The tenants of those slugs."""
    rows = await session.execute(_STATE.where(_tenants.c.tenant.in_(sorted(slugs))))
    return {row.tenant: _tenant(row) for row in rows}


async def teams_of(session: ReadSession, tenant: str) -> list[Team]:
    """A tenant's teams, by key."""
    query = select(_teams).where(_teams.c.tenant == tenant).order_by(_teams.c.key)
    return [_team(row) for row in await session.execute(query)]


def _team(row: Row[Any]) -> Team:
    return Team(row.tenant, row.key, row.version, row.name, _claims(row.key, row.takes))


def _tenant(row: Row[Any]) -> Tenant:
    values = {name: getattr(row, name) for name in _TENANT}
    return Tenant(slug=row.tenant, **values, teams=row.team_keys)


def _claims(team: str, takes: Collection[dict[str, Any]]) -> list[Claim]:
    return [Claim(team, taken["channel"], taken["account"]) for taken in takes]
