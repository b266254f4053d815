"""Deliveries that a bounce or a complaint may be about."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import DateTime, Select, Text, Uuid, func, select, true, update

from services.ingest.domain.deliveries import Delivery
from services.ingest.tables import delivery as deliveries
from shared.storage import ReadSession, Session, unnest

MEMORY: Final = timedelta(days=7)
"""How long after a mail a notice that names only the address is still taken to be about it."""

_CLOCKS: Final = timedelta(hours=1)  # by which an adapter's clock may be behind the database's
_at = DateTime(timezone=True)
_COLUMNS = list(Delivery.__dataclass_fields__)
_sent = (deliveries.c.channel == "email", deliveries.c.attempts > 0)
_asked = unnest("asked", notice=Uuid, owner=Text, address=Text, at=_at)
_to_address = (
    select(*[deliveries.c[name] for name in _COLUMNS])
    .where(
        deliveries.c.tenant == _asked.c.owner,
        func.lower(deliveries.c.recipient) == _asked.c.address,
        deliveries.c.queued_at.between(_asked.c.at - MEMORY, _asked.c.at + _CLOCKS),
        *_sent,
    )
    .order_by(deliveries.c.queued_at.desc())
    .limit(1)
    .lateral("found")
)
_BY_ADDRESS = select(_asked.c.notice, _to_address).select_from(_asked.join(_to_address, true()))
_named = unnest("named", notice=Uuid, owner=Text, conversation=Uuid)
_in_conversation = (
    select(*[deliveries.c[name] for name in _COLUMNS])
    .where(
        deliveries.c.tenant == _named.c.owner,
        deliveries.c.conversation_id == _named.c.conversation,
        *_sent,
    )
    .order_by(deliveries.c.queued_at.desc())
    .limit(1)
    .lateral("found")
)
_BY_CONVERSATION = select(_named.c.notice, _in_conversation).select_from(
    _named.join(_in_conversation, true())
)


_bounced = unnest("bounced", owner=Text, request=Uuid, why=Text)
_MARK = (
    update(deliveries)
    .where(deliveries.c.tenant == _bounced.c.owner, deliveries.c.request_id == _bounced.c.request)
    .values(reason=_bounced.c.why)
)


class Returned:
    """Mails that were sent, looked for by what a notice says about them."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def by_address(
        self, asked: Mapping[UUID, tuple[str, str, datetime]]
    ) -> dict[UUID, Delivery]:
        """The latest mail to each (tenant, lower-case address) about that time, by notice."""
        if not asked:
            return {}
        owners, addresses, times = zip(*asked.values(), strict=True)
        given = {"owner": list(owners), "address": list(addresses), "at": list(times)}
        return await self._found(_BY_ADDRESS, {"notice": list(asked), **given})

    async def by_conversation(self, asked: Mapping[UUID, tuple[str, UUID]]) -> dict[UUID, Delivery]:
        """The latest mail in each (tenant, conversation), by notice."""
        if not asked:
            return {}
        owners, conversations = zip(*asked.values(), strict=True)
        given = {"owner": list(owners), "conversation": list(conversations)}
        return await self._found(_BY_CONVERSATION, {"notice": list(asked), **given})

    async def _found(self, query: Select[Any], given: dict[str, Any]) -> dict[UUID, Delivery]:
        rows = await self._session.execute(query, given)
        return {
            row.notice: Delivery(**{name: getattr(row, name) for name in _COLUMNS}) for row in rows
        }


async def mark_returned(session: Session, reasons: Mapping[tuple[str, UUID], str]) -> None:
    """Notes why mails came back, by (tenant, request id), where it is shown what became of them."""
    if reasons:
        owners, requests = zip(*sorted(reasons), strict=True)
        why = [reasons[key] for key in sorted(reasons)]
        given = {"owner": list(owners), "request": list(requests), "why": why}
        await session.execute(_MARK, given)
