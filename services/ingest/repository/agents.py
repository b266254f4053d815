"""Mail addresses of tenants' agents, as support.agents.v1 tells them."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Text, func, select

from shared.contracts.agents import AgentChanged
from shared.contracts.catalog import topic_of
from shared.messaging import tables
from shared.storage import ReadSession, unnest

_TOPIC: Final = topic_of(AgentChanged).name
_state = tables.compacted_state
_asked = unnest("asked", owner=Text, address=Text)
_KNOWN = (
    select(_asked.c.owner, _asked.c.address)
    .join(
        _state,
        (_state.c.tenant == _asked.c.owner)
        & (func.lower(_state.c.data["email"].astext) == _asked.c.address),
    )
    .where(_state.c.topic == _TOPIC, _state.c.data["offboarded"].astext != "true")
)


async def agents_among(
    session: ReadSession, asked: Collection[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Those of the (tenant, lower-case address) that are agents who have not left."""
    if not asked:
        return set()
    owners, addresses = zip(*sorted(asked), strict=True)
    rows = await session.execute(_KNOWN, {"owner": list(owners), "address": list(addresses)})
    return {(row.owner, row.address) for row in rows}
