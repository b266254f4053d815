"""Whether the holder of a good token may still act: known, not offboarded, not revoked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sqlalchemy import Text, and_, bindparam, or_, select

from shared.contracts.agents import AgentChanged
from shared.contracts.catalog import topic_of
from shared.contracts.tenants import TenantChanged
from shared.messaging import tables
from shared.messaging.compacted import compacted_consumer
from shared.messaging.consumer import Consumer
from shared.service.claims import Claims
from shared.storage.engine import Database

T = TypeVar("T")
# Half of the second that an offboarding may take; the other half is the event's own way.
_FRESH: Final = 0.5
_MOST: Final = 10_000
_TENANTS: Final = topic_of(TenantChanged).name
_AGENTS: Final = topic_of(AgentChanged).name

_state = tables.compacted_state
_tenant, _subject = bindparam("tenant", type_=Text), bindparam("subject", type_=Text)
_KNOWN = select(_state.c.topic, _state.c.data).where(
    or_(
        and_(_state.c.topic == _TENANTS, _state.c.key == _tenant),
        and_(_state.c.topic == _AGENTS, _state.c.key == _subject, _state.c.tenant == _tenant),
    )
)


def access_consumers(service: str) -> tuple[Consumer, Consumer]:
    """The two consumers that keep what `Standing` looks at; every service runs them."""
    return (
        compacted_consumer(service, _TENANTS, TenantChanged),
        compacted_consumer(service, _AGENTS, AgentChanged),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What the service's own database says about a tenant and a subject."""

    tenant: TenantChanged | None
    agent: AgentChanged | None


class Standing:
    """Looks callers up in the service's copies of support.tenants.v1 and support.agents.v1."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = Fresh(self._look_up)

    async def refusal(self, claims: Claims) -> str | None:
        """Why the caller is refused, in words fit for it; None when it may act."""
        subject = claims.subject if claims.kind == "agent" else ""
        return refusal(claims, await self._known.get(claims.tenant, subject))

    async def _look_up(self, tenant: str, subject: str) -> Known:
        async with self._database.reading() as session:
            rows = await session.execute(_KNOWN, {"tenant": tenant, "subject": subject})
            found = {topic: data for topic, data in rows}
        return Known(
            TenantChanged.model_validate(found[_TENANTS]) if _TENANTS in found else None,
            AgentChanged.model_validate(found[_AGENTS]) if _AGENTS in found else None,
        )


def refusal(claims: Claims, known: Known) -> str | None:
    """Decide by what is known; see Standing.refusal."""
    setting_up = claims.kind == "service" and "tenants:write" in claims.scopes
    if known.tenant is None:
        # The first set-up of a tenant comes before anything can be known about it.
        return None if setting_up else "the tenant is not known here"
    if claims.token_id in known.tenant.revoked_tokens:
        return "the token has been revoked"
    if known.tenant.status != "active" and not setting_up:
        return f"the tenant is {known.tenant.status}"
    if claims.kind == "agent" and known.agent is None:
        return "the agent is not known here"
    if claims.kind == "agent" and known.agent is not None and known.agent.offboarded:
        return "the agent has been offboarded"
    return None


class Fresh(Generic[T]):
    """Answers of a lookup, kept for half a second; callers at once share one lookup."""

    def __init__(self, look_up: Callable[[str, str], Awaitable[T]]) -> None:
        self._look_up = look_up
        self._asked: dict[tuple[str, str], tuple[float, asyncio.Future[T]]] = {}

    async def get(self, tenant: str, subject: str) -> T:
        """The answer, at most half a second old; raises what the lookup raises."""
        asked_at, answer = self._asked.get((tenant, subject), (0.0, None))
        if answer is None or time.monotonic() - asked_at > _FRESH or _failed(answer):
            answer = self._ask(tenant, subject)
        # One caller that goes away must not cancel the lookup of the others.
        return await asyncio.shield(answer)

    def _ask(self, tenant: str, subject: str) -> asyncio.Future[T]:
        if len(self._asked) >= _MOST:
            self._asked.clear()
        answer = asyncio.ensure_future(self._look_up(tenant, subject))
        self._asked[tenant, subject] = (time.monotonic(), answer)
        return answer


def _failed(answer: asyncio.Future[T]) -> bool:
    return answer.done() and (answer.cancelled() or answer.exception() is not None)
