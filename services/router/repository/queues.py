"""The teams' queues: one row each, locked by whoever queues a ticket or frees capacity."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.router import tables
from services.router.repository.columns import given, same, taken
from shared.storage import Session, unnest

QueueKey = tuple[str, str]
"""(tenant, team key); the team is "" for tickets that no team takes."""

_KEY = ("tenant", "team")
_queues, _teams, _tenants = tables.queues, tables.teams, tables.tenants
_asked = given(_queues, _KEY)
_LOCK = (
    select(
        _queues.c.tenant, _queues.c.team, _queues.c.channels, _teams.c.name, _tenants.c.default_team
    )
    .join(_asked, same(_queues, _asked, *_KEY))
    .outerjoin(_teams, and_(_teams.c.tenant == _queues.c.tenant, _teams.c.key == _queues.c.team))
    .outerjoin(_tenants, _tenants.c.tenant == _queues.c.tenant)
    .order_by(_queues.c.tenant, _queues.c.team)
    .with_for_update(of=_queues)
)
_ADD = (
    insert(_queues)
    .from_select(_KEY, select(*taken(_asked, _KEY)).order_by(*taken(_asked, _KEY)))
    .on_conflict_do_nothing()
)
# An array cannot be unnested by rows, so the channels come joined; no channel has a comma.
_joined = unnest("given", g_tenant=Text, g_team=Text, g_joined=Text)
_CHANNELS = (
    update(_queues)
    .where(same(_queues, _joined, *_KEY))
    .values(channels=func.string_to_array(_joined.c.g_joined, ","))
)


@dataclass(frozen=True, slots=True)
class Queue:
    """One locked queue. name: the team's, its key where it has none; channels: of its tickets."""

    tenant: str
    team: str
    channels: Sequence[str]
    name: str
    default_team: str | None


class Queues:
    """The queues table, inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def lock(self, keys: Collection[QueueKey]) -> list[Queue]:
        """Locks those queues, in the order of their keys, and makes the ones that are missing."""
        wanted = sorted(set(keys))
        found = await self._lock(wanted)
        known = {(queue.tenant, queue.team) for queue in found}
        missing = [key for key in wanted if key not in known]
        if missing:
            await self._session.execute(_ADD, _bound(missing))
            found += await self._lock(missing)
        return found

    async def add_channels(self, queues: Collection[Queue]) -> None:
        """Remembers that tickets of these channels stand in those locked queues."""
        rows = [(queue.tenant, queue.team, ",".join(queue.channels)) for queue in queues]
        tenants, teams, channels = zip(*rows, strict=True)
        await self._session.execute(
            _CHANNELS,
            {"g_tenant": list(tenants), "g_team": list(teams), "g_joined": list(channels)},
        )

    async def _lock(self, keys: Collection[QueueKey]) -> list[Queue]:
        if not keys:
            return []
        rows = await self._session.execute(_LOCK, _bound(keys))
        return [
            Queue(tenant, team, channels, name or team, default_team)
            for tenant, team, channels, name, default_team in rows
        ]


def _bound(keys: Collection[QueueKey]) -> dict[str, list[str]]:
    tenants, teams = zip(*keys, strict=True)
    return {"g_tenant": list(tenants), "g_team": list(teams)}
