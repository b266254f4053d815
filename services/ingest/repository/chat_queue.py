"""What chats must know beside themselves: queues, agents, tenants, conversations, the key."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    DateTime,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    true,
    tuple_,
)

from services.ingest.domain.chat.sessions import Key
from services.ingest.domain.threads import Name
from services.ingest.tables import message_reference as references
from services.ingest.tables.chat import chat_key
from services.ingest.tables.chat import chat_session as sessions
from shared.contracts.agents import AgentChanged
from shared.contracts.catalog import topic_of
from shared.contracts.tenants import TenantChanged
from shared.messaging import tables
from shared.storage import ReadSession, constant, unnest

Queue = tuple[str, str]
"""(tenant, account id)."""

MOST_PLACES = 1000
"""Visitors at the head of a queue who are told their places again and again."""

_AGENTS, _TENANTS = topic_of(AgentChanged).name, topic_of(TenantChanged).name
_state = tables.compacted_state
_at = DateTime(timezone=True)
_WAITING = constant("waiting")
_queues = unnest("queues", tenant=Text, account=Text)
_first = (
    select(
        sessions.c.tenant,
        sessions.c.id,
        sessions.c.account,
        func.row_number()
        .over(order_by=(sessions.c.waiting_since, sessions.c.id))
        .label("position"),
    )
    .where(
        sessions.c.tenant == _queues.c.tenant,
        sessions.c.account == _queues.c.account,
        sessions.c.state == _WAITING,
    )
    .order_by(sessions.c.waiting_since, sessions.c.id)
    .limit(bindparam("most"))
    .lateral("first")
)
_PLACES = select(_first).select_from(_queues.join(_first, true()))
_keys = unnest("keys", tenant=Text, id=Uuid)
_ahead = sessions.alias("ahead")
_OWN_PLACES = (
    select(
        sessions.c.tenant,
        sessions.c.id,
        sessions.c.account,
        select(func.count())
        .where(
            _ahead.c.tenant == sessions.c.tenant,
            _ahead.c.account == sessions.c.account,
            _ahead.c.state == _WAITING,
            tuple_(_ahead.c.waiting_since, _ahead.c.id)
            <= tuple_(sessions.c.waiting_since, sessions.c.id),
        )
        .scalar_subquery()
        .label("position"),
    )
    .join(_keys, (sessions.c.tenant == _keys.c.tenant) & (sessions.c.id == _keys.c.id))
    .where(sessions.c.state == _WAITING)
)
_latest = (
    select(
        func.extract("epoch", sessions.c.answered_at - sessions.c.waiting_since).label("seconds")
    )
    .where(
        sessions.c.tenant == _queues.c.tenant,
        sessions.c.account == _queues.c.account,
        sessions.c.answered_at > func.now() - func.make_interval(0, 0, 0, 1),
    )
    .order_by(sessions.c.answered_at.desc())
    .limit(50)
    .lateral("latest")
)
_MEDIANS = (
    select(
        _queues.c.tenant,
        _queues.c.account,
        func.percentile_cont(0.5).within_group(_latest.c.seconds).label("median"),
    )
    .select_from(_queues.join(_latest, true()))
    .group_by(_queues.c.tenant, _queues.c.account)
)
_AVAILABLE = (
    select(_state.c.tenant, func.count())
    .where(
        _state.c.topic == _AGENTS,
        _state.c.tenant == func.any(bindparam("tenants")),
        _state.c.data["availability"].astext == "available",
        func.coalesce(_state.c.data["offboarded"].astext.cast(Boolean), False).is_(False),
    )
    .group_by(_state.c.tenant)
)
_NAMES = select(_state.c.key, _state.c.data["name"].astext).where(_state.c.topic == _AGENTS)


class Queues:
    """The queues of chat accounts."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def positions(
        self, queues: Collection[Queue], most: int = MOST_PLACES
    ) -> dict[Key, tuple[Queue, int]]:
        """Who waits in these queues, of each the first `most`: which one, and the place, from 1."""
        if not queues:
            return {}
        rows = await self._session.execute(_PLACES, _split(queues) | {"most": most})
        return {(row.tenant, row.id): ((row.tenant, row.account), row.position) for row in rows}

    async def places(self, keys: Collection[Key]) -> dict[Key, tuple[Queue, int]]:
        """The same for those of these sessions that wait, wherever in their queues."""
        if not keys:
            return {}
        tenants, ids = zip(*sorted(keys), strict=True)
        rows = await self._session.execute(_OWN_PLACES, {"tenant": list(tenants), "id": list(ids)})
        return {(row.tenant, row.id): ((row.tenant, row.account), row.position) for row in rows}

    async def medians(self, queues: Collection[Queue]) -> dict[Queue, float]:
        """Median seconds to the first answer, of the last 50 in the last 24 hours."""
        if not queues:
            return {}
        rows = await self._session.execute(_MEDIANS, _split(queues))
        return {(row.tenant, row.account): float(row.median) for row in rows}

    async def available(self, tenants: Collection[str]) -> dict[str, int]:
        """How many agents of each tenant are available, by what support.agents.v1 said last."""
        rows = await self._session.execute(_AVAILABLE, {"tenants": sorted(tenants)})
        return {tenant: count for tenant, count in rows}

    async def agent_names(self, keys: Collection[tuple[str, str]]) -> dict[str, str]:
        """The names of agents, by id, of those (tenant, agent id) that are known."""
        query = _NAMES.where(tuple_(_state.c.tenant, _state.c.key).in_(sorted(keys)))
        return {key: name for key, name in await self._session.execute(query)} if keys else {}

    async def is_served(self, tenant: str) -> bool:
        """Whether the tenant is known and active."""
        query = select(_state.c.data["status"].astext).where(
            _state.c.topic == _TENANTS, _state.c.key == tenant
        )
        return bool(await self._session.scalar(query) == "active")


async def signing_key(session: ReadSession) -> bytes:
    """The key of visitors' tokens that the migration made."""
    return bytes((await session.execute(select(chat_key.c.key))).scalar_one())


async def conversations_of(session: ReadSession, names: Collection[Name]) -> dict[Name, UUID]:
    """The conversations that these names belong to, where they belong to one."""
    query = select(references).where(
        tuple_(references.c.tenant, references.c.name).in_(sorted(names))
    )
    rows = await session.execute(query) if names else ()
    return {(row.tenant, row.name): row.conversation_id for row in rows}


def _split(queues: Collection[Queue]) -> dict[str, Any]:
    tenants, accounts = zip(*sorted(queues), strict=True)
    return {"tenant": list(tenants), "account": list(accounts)}
