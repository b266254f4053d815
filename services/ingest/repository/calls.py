"""Telephone calls in PostgreSQL: locked, put together, and told when they are due."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime, Integer, Text, cast, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.ingest.domain.voice import Facts
from services.ingest.tables import call as calls
from shared.storage import ReadSession, Session, unnest

CallKey = tuple[str, str, str]
"""(tenant, account, call id)."""

_at = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call: what is known, what its last message knew, and when it is to be told next."""

    tenant: str
    account: str
    call_id: str
    facts: Facts
    told: Facts
    messages: int
    over_at: datetime | None
    due_at: datetime | None
    traceparent: str | None

    @property
    def key(self) -> CallKey:
        """(tenant, account, call id)."""
        return self.tenant, self.account, self.call_id


_COLUMNS = [calls.c[name] for name in StoredCall.__dataclass_fields__]
_new = unnest("new", owner=Text, way=Text, id=Text, at=_at)
_CLAIM = (
    insert(calls)
    .from_select(
        ["tenant", "account", "call_id", "facts", "told", "messages", "updated_at"],
        select(
            _new.c.owner, _new.c.way, _new.c.id, literal({}, JSONB), literal({}, JSONB),
            cast(0, Integer), _new.c.at,
        ),
    )
    .on_conflict_do_nothing()
)  # fmt: skip
_key = unnest("key", owner=Text, way=Text, id=Text)
_LOCK = (
    select(*_COLUMNS)
    .join(
        _key,
        (calls.c.tenant == _key.c.owner)
        & (calls.c.account == _key.c.way)
        & (calls.c.call_id == _key.c.id),
    )
    .order_by(calls.c.tenant, calls.c.account, calls.c.call_id)
    .with_for_update(of=calls)
)
_DELETE = delete(calls).where(
    calls.c.tenant == _key.c.owner, calls.c.account == _key.c.way, calls.c.call_id == _key.c.id
)
_saved = unnest(
    "saved", owner=Text, way=Text, id=Text, known=Text, said=Text, number=Integer, over=_at,
    due=_at, trace=Text, at=_at,
)  # fmt: skip
_SAVE = (
    update(calls)
    .where(
        calls.c.tenant == _saved.c.owner,
        calls.c.account == _saved.c.way,
        calls.c.call_id == _saved.c.id,
    )
    .values(
        facts=cast(_saved.c.known, JSONB), told=cast(_saved.c.said, JSONB),
        messages=_saved.c.number, over_at=_saved.c.over, due_at=_saved.c.due,
        traceparent=_saved.c.trace, updated_at=_saved.c.at,
    )
)  # fmt: skip


async def lock_calls(
    session: Session, keys: Collection[CallKey], now: datetime
) -> dict[CallKey, StoredCall]:
    """These calls, made where they are new, locked until the transaction ends."""
    if not keys:
        return {}
    owners, ways, ids = map(list, zip(*sorted(keys), strict=True))
    given = {"owner": owners, "way": ways, "id": ids}
    await session.execute(_CLAIM, given | {"at": [now] * len(ids)})
    found = [StoredCall(*row) for row in await session.execute(_LOCK, given)]
    return {one.key: one for one in found}


async def save_calls(session: Session, given: Sequence[StoredCall], now: datetime) -> None:
    """Stores calls that the caller has locked."""
    if not given:
        return
    await session.execute(
        _SAVE,
        {
            "owner": [one.tenant for one in given],
            "way": [one.account for one in given],
            "id": [one.call_id for one in given],
            "known": [json.dumps(one.facts, ensure_ascii=False) for one in given],
            "said": [json.dumps(one.told, ensure_ascii=False) for one in given],
            "number": [one.messages for one in given],
            "over": [one.over_at for one in given],
            "due": [one.due_at for one in given],
            "trace": [one.traceparent for one in given],
            "at": [now] * len(given),
        },
    )


async def delete_calls(session: Session, keys: Collection[CallKey]) -> None:
    """Forgets calls that the caller has locked."""
    if keys:
        owners, ways, ids = map(list, zip(*keys, strict=True))
        await session.execute(_DELETE, {"owner": owners, "way": ways, "id": ids})


async def due_calls(session: Session, now: datetime, limit: int) -> list[StoredCall]:
    """Up to `limit` calls that are to be told, locked, the longest due first."""
    query = select(*_COLUMNS).where(calls.c.due_at <= now).order_by(calls.c.due_at).limit(limit)
    return [
        StoredCall(*row) for row in await session.execute(query.with_for_update(skip_locked=True))
    ]


async def next_call_due(session: ReadSession) -> datetime | None:
    """When the next call is to be told."""
    due: datetime | None = (await session.execute(select(func.min(calls.c.due_at)))).scalar()
    return due
