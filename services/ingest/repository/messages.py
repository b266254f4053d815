"""Messages in PostgreSQL: unique by what they are."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Row,
    Select,
    Text,
    Uuid,
    cast,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Message
from services.ingest.repository.details import pack, unpack
from services.ingest.tables import message as messages
from shared.storage import ReadSession, Session, unnest

Identity = tuple[str, UUID]
"""(tenant, identity)."""

WRITTEN: Final = ("message", "auto-reply")
"""Kinds of what somebody, or somebody's robot, wrote; the others are notices about mails."""

_at = DateTime(timezone=True)
_PLAIN = ["tenant", "id", "conversation_id", "identity", "raw_id", "direction", "channel",
          "account", "subject", "text", "html", "header_id", "automatic", "language", "sent_at",
          "received_at", "kind", "quoted", "public", "reach", "sentiment", "network", "spam", "own",
          "customer_id"]  # fmt: skip
_NEW = [*_PLAIN, "sender_name", "sender_address", "details"]
_given = unnest(
    "given", tenant=Text, id=Uuid, conversation_id=Uuid, identity=Uuid, raw_id=Uuid,
    direction=Text, channel=Text, account=Text, sender_name=Text, sender_address=Text,
    subject=Text, text=Text, html=Text, header_id=Text, automatic=Boolean, language=Text,
    sent_at=_at, received_at=_at, details=Text, kind=Text, quoted=Text, public=Boolean,
    reach=BigInteger, sentiment=Text, network=Text, spam=Boolean, own=Boolean, customer_id=Uuid,
)  # fmt: skip
_INSERT = (
    insert(messages)
    .from_select(
        _NEW,
        select(
            *[_given.c[name] for name in _NEW if name != "details"],
            cast(_given.c.details, JSONB).label("details"),
        ).order_by(_given.c.tenant, _given.c.identity),
    )
    .on_conflict_do_nothing()
    .returning(messages.c.id)
)
_identities = unnest("identities", tenant=Text, identity=Uuid)
_SAME = select(messages.c.tenant, messages.c.identity, messages.c.id).join(
    _identities,
    (messages.c.tenant == _identities.c.tenant) & (messages.c.identity == _identities.c.identity),
)
_keys = unnest("keys", tenant=Text, id=Uuid)
_heard = (
    select(messages)
    .where(messages.c.tenant == _keys.c.tenant, messages.c.conversation_id == _keys.c.id)
    .where(messages.c.direction == "inbound", ~messages.c.own, ~messages.c.spam)
    .order_by(messages.c.received_at.desc(), messages.c.id.desc())
    .limit(1)
)
_written = _heard.where(messages.c.kind.in_(WRITTEN)).lateral("last")
_LAST_INBOUND = select(_written).select_from(_keys.join(_written, true()))
_any = _heard.lateral("heard")
_LAST_HEARD = select(_any).select_from(_keys.join(_any, true()))
_GET = select(messages).join(
    _keys, (messages.c.tenant == _keys.c.tenant) & (messages.c.id == _keys.c.id)
)


_released = unnest("released", owner=Text, of=Uuid, conversation=Uuid, at=_at, customer=Uuid)
_RELEASE = (
    update(messages)
    .where(messages.c.tenant == _released.c.owner, messages.c.id == _released.c.of)
    .values(
        spam=False,
        conversation_id=_released.c.conversation,
        received_at=_released.c.at,
        customer_id=_released.c.customer,
    )
)


class Messages:
    """The messages of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def same_as(self, identities: Collection[Identity]) -> dict[Identity, UUID]:
        """The message ids of those identities that are stored."""
        if not identities:
            return {}
        tenants, given = zip(*identities, strict=True)
        rows = await self._session.execute(
            _SAME, {"tenant": list(tenants), "identity": list(given)}
        )
        return {(row.tenant, row.identity): row.id for row in rows}

    async def find(self, tenant: str, id: UUID) -> Message | None:
        """One message by its id."""
        return next(iter(await self.get([(tenant, id)])), None)

    async def get(self, keys: Collection[tuple[str, UUID]]) -> list[Message]:
        """The messages with these (tenant, id)."""
        return await self._read(_GET, keys)

    async def last_inbound(self, conversations: Collection[tuple[str, UUID]]) -> list[Message]:
        """The latest that somebody, or somebody's robot, wrote in each (tenant, conversation)."""
        return await self._read(_LAST_INBOUND, conversations)

    async def last_heard(self, conversations: Collection[tuple[str, UUID]]) -> list[Message]:
        """The latest inbound message of each (tenant, conversation), notices about mails too."""
        return await self._read(_LAST_HEARD, conversations)

    async def quarantined(
        self, tenant: str, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Message]:
        """A tenant's messages held as spam, oldest first, those beyond `after`."""
        held = select(messages).where(messages.c.tenant == tenant, messages.c.spam)
        return await self._page(held, after, limit)

    async def lock(self, tenant: str, id: UUID) -> Message | None:
        """One message, locked until the transaction ends."""
        query = select(messages).where(messages.c.tenant == tenant, messages.c.id == id)
        row = (await self._session.execute(query.with_for_update())).first()
        return None if row is None else _message(row)

    async def page(
        self,
        tenant: str,
        conversations: Collection[UUID],
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[Message]:
        """The messages of these conversations, oldest first, those beyond `after`.

        after: (received_at, id). More than one conversation: those that were merged into one.
        """
        query = select(messages).where(
            messages.c.tenant == tenant, messages.c.conversation_id.in_(conversations)
        )
        return await self._page(query, after, limit)

    async def _page(
        self, query: Select[Any], after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Message]:
        if after is not None:
            query = query.where(tuple_(messages.c.received_at, messages.c.id) > tuple_(*after))
        query = query.order_by(messages.c.received_at, messages.c.id).limit(limit)
        return [_message(row) for row in await self._session.execute(query)]

    async def _read(self, query: Select[Any], keys: Collection[tuple[str, UUID]]) -> list[Message]:
        if not keys:
            return []
        tenants, ids = zip(*sorted(keys), strict=True)
        rows = await self._session.execute(query, {"tenant": list(tenants), "id": list(ids)})
        return [_message(row) for row in rows]


async def insert_messages(session: Session, given: Sequence[Message]) -> set[UUID]:
    """Stores the messages that are new by their identity, and returns the ids of those."""
    if not given:
        return set()
    columns: dict[str, list[object]] = {
        name: [getattr(message, name) for message in given] for name in _PLAIN
    }
    columns["sender_name"] = [message.sender.name for message in given]
    columns["sender_address"] = [message.sender.address for message in given]
    columns["details"] = [pack(message) for message in given]
    return set((await session.execute(_INSERT, columns)).scalars())


async def release_messages(session: Session, given: Sequence[Message]) -> None:
    """Takes messages out of quarantine, into their conversations and to their new times."""
    await session.execute(
        _RELEASE,
        {
            "owner": [message.tenant for message in given],
            "of": [message.id for message in given],
            "conversation": [message.conversation_id for message in given],
            "at": [message.received_at for message in given],
            "customer": [message.customer_id for message in given],
        },
    )


def _message(row: Row[Any]) -> Message:
    return Message(
        **{name: getattr(row, name) for name in _PLAIN},
        sender=Person(row.sender_name, row.sender_address),
        **unpack(row.details),
    )
