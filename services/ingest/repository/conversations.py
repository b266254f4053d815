"""Conversations in PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Row, Text, Uuid, func, select
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Conversation
from services.ingest.tables import conversation as conversations
from shared.storage import ReadSession, Session, unnest

Key = tuple[str, UUID]
"""(tenant, conversation id)."""

_at = DateTime(timezone=True)
_NEW = ["tenant", "id", "channel", "account", "subject", "customer_name", "customer_address",
        "version", "opened_at", "updated_at"]  # fmt: skip
_given = unnest(
    "given", tenant=Text, id=Uuid, channel=Text, account=Text, subject=Text, customer_name=Text,
    customer_address=Text, version=Integer, opened_at=_at, updated_at=_at,
)  # fmt: skip
_insert = insert(conversations).from_select(
    _NEW, select(*[_given.c[name] for name in _NEW]).order_by(_given.c.tenant, _given.c.id)
)
_ADD = _insert.on_conflict_do_update(
    index_elements=["tenant", "id"],
    set_={
        "version": conversations.c.version + _insert.excluded.version,
        "updated_at": func.greatest(conversations.c.updated_at, _insert.excluded.updated_at),
        # A conversation that we opened by writing to somebody learns the name from the answer.
        "customer_name": func.coalesce(
            conversations.c.customer_name, _insert.excluded.customer_name
        ),
        "customer_address": func.coalesce(
            conversations.c.customer_address, _insert.excluded.customer_address
        ),
    },
).returning(conversations.c.tenant, conversations.c.id, conversations.c.version)
_keys = unnest("keys", tenant=Text, id=Uuid)
_FIND = select(conversations).join(
    _keys, (conversations.c.tenant == _keys.c.tenant) & (conversations.c.id == _keys.c.id)
)
_LOCK = (
    _FIND.with_only_columns(conversations.c.id)
    .order_by(conversations.c.tenant, conversations.c.id)
    .with_for_update(key_share=True, of=conversations)
)


@dataclass(frozen=True, slots=True)
class Growth:
    """A conversation as it would be opened, and by how many inbound messages it grows."""

    conversation: Conversation
    messages: int
    at: datetime


class Conversations:
    """The conversations of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def find(self, keys: Collection[Key]) -> dict[Key, Conversation]:
        """Those of the conversations that there are."""
        if not keys:
            return {}
        rows = await self._session.execute(_FIND, _split(keys))
        return {(row.tenant, row.id): _conversation(row) for row in rows}

    async def lock(self, keys: Collection[Key]) -> None:
        """Locks them, sorted: what is announced about one conversation is then in order."""
        if keys:
            await self._session.execute(_LOCK, _split(keys))


async def grow(session: Session, growths: Sequence[Growth]) -> dict[Key, int]:
    """Opens the conversations that are new and adds to the others; each may be given once.

    Returns their versions after it. Their rows are locked, so that what is announced about a
    conversation goes out in the order of its versions.
    """
    if not growths:
        return {}
    rows = await session.execute(_ADD, _columns(growths))
    return {(row.tenant, row.id): row.version for row in rows}


def _columns(growths: Sequence[Growth]) -> dict[str, list[object]]:
    opened = [growth.conversation for growth in growths]
    times: list[object] = [growth.at for growth in growths]
    return {
        "tenant": [one.tenant for one in opened],
        "id": [one.id for one in opened],
        "channel": [one.channel for one in opened],
        "account": [one.account for one in opened],
        "subject": [one.subject for one in opened],
        "customer_name": [one.customer.name for one in opened],
        "customer_address": [one.customer.address for one in opened],
        "version": [growth.messages for growth in growths],
        "opened_at": times,
        "updated_at": times,
    }


def _split(keys: Collection[Key]) -> dict[str, list[object]]:
    tenants, ids = zip(*sorted(keys), strict=True)
    return {"tenant": list(tenants), "id": list(ids)}


def _conversation(row: Row[tuple[object, ...]]) -> Conversation:
    customer = Person(row.customer_name, row.customer_address)
    return Conversation(
        row.tenant, row.id, row.channel, row.account, row.subject, customer, row.version
    )
