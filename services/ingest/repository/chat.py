"""Chat sessions and their entries in PostgreSQL; whole batches as one statement."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Integer,
    Row,
    Text,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.ingest.domain.chat.sessions import Chat, Entry, File, Key
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Blob
from services.ingest.tables.chat import chat_entry as entries
from services.ingest.tables.chat import chat_session as sessions
from shared.storage import ReadSession, Session, unnest

MOST_AT_ONCE = 100
"""Entries of one session that are read at a time."""

_at = DateTime(timezone=True)
_TYPES: dict[str, Any] = {
    "tenant": Text, "id": Uuid, "account": Text, "state": Text, "seq": Integer,
    "visitor_name": Text, "visitor_email": Text, "language": Text, "page": Text,
    "invitation": Text, "invited": Text, "read_seq": Integer, "messages": Integer,
    "replies": Integer, "agent_id": Uuid, "agent_name": Text, "transcript_to": Text,
    "started_at": _at, "waiting_since": _at, "answered_at": _at, "ended_at": _at, "due_at": _at,
}  # fmt: skip
_PLAIN = [name for name in _TYPES if name not in {"visitor_name", "visitor_email", "invited"}]
_given = unnest("given", **_TYPES)
_values = {
    name: cast(_given.c[name], JSONB) if name == "invited" else _given.c[name] for name in _TYPES
}
_insert = insert(sessions).from_select(
    list(_TYPES),
    select(*[value.label(name) for name, value in _values.items()]).order_by(
        _given.c.tenant, _given.c.id
    ),
)
# Changes nothing of those that are there: it locks and returns them.
_OPEN = _insert.on_conflict_do_update(
    index_elements=["tenant", "id"], set_={"seq": sessions.c.seq}
).returning(sessions)
# An update reserves the names of its own columns for itself.
_new = unnest("new", **{f"new_{name}": kind for name, kind in _TYPES.items()})
_SAVE = (
    update(sessions)
    .where(sessions.c.tenant == _new.c.new_tenant, sessions.c.id == _new.c.new_id)
    .values(
        {
            name: cast(_new.c[f"new_{name}"], JSONB) if name == "invited" else _new.c[f"new_{name}"]
            for name in _TYPES
            if name not in {"tenant", "id"}
        }
    )
)
_keys = unnest("keys", tenant=Text, id=Uuid)
_FIND = select(sessions).join(
    _keys, (sessions.c.tenant == _keys.c.tenant) & (sessions.c.id == _keys.c.id)
)
_LOCK = _FIND.order_by(sessions.c.tenant, sessions.c.id).with_for_update(of=sessions)
_DUE = (
    select(sessions)
    .where(sessions.c.due_at <= bindparam("now", type_=_at))
    .order_by(sessions.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)

_NEW_ENTRY: dict[str, Any] = {
    "tenant": Text, "session_id": Uuid, "seq": Integer, "kind": Text, "client_id": Text, "at": _at,
    "author": Text, "text": Text, "files": Text, "ticket_id": Uuid, "delivery_kind": Text,
}  # fmt: skip
_fresh = unnest("fresh", **_NEW_ENTRY)
_ADD = insert(entries).from_select(
    list(_NEW_ENTRY),
    select(
        *[
            cast(_fresh.c[name], JSONB).label(name) if name == "files" else _fresh.c[name]
            for name in _NEW_ENTRY
        ]
    ),
)
_names = unnest("names", tenant=Text, session=Uuid, name=Text)
_NAMED = select(entries).join(
    _names,
    (entries.c.tenant == _names.c.tenant)
    & (entries.c.session_id == _names.c.session)
    & (entries.c.client_id == _names.c.name),
)
_cursors = unnest("cursors", tenant=Text, session=Uuid, cursor=Integer)
_next = (
    select(entries)
    .where(
        entries.c.tenant == _cursors.c.tenant,
        entries.c.session_id == _cursors.c.session,
        entries.c.seq > _cursors.c.cursor,
    )
    .order_by(entries.c.seq)
    .limit(bindparam("most"))
    .lateral("next")
)
_AFTER = select(_next).select_from(_cursors.join(_next, true()))


class Chats:
    """The chat sessions of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def find(self, keys: Collection[Key]) -> dict[Key, Chat]:
        """Those of the sessions that are stored."""
        return await self._read(_FIND, keys)

    async def lock(self, keys: Collection[Key]) -> dict[Key, Chat]:
        """The same, locked, sorted, until the transaction ends."""
        return await self._read(_LOCK, keys)

    async def due(self, now: datetime, limit: int) -> list[Chat]:
        """Sessions whose time has come, locked; those that a rival has locked are left to it."""
        rows = await self._session.execute(_DUE, {"now": now, "limit": limit})
        return [_chat(row) for row in rows]

    async def next_due(self) -> datetime | None:
        """When the next session is due."""
        rows = await self._session.execute(select(func.min(sessions.c.due_at)))
        found: datetime | None = rows.scalar_one()
        return found

    async def named(self, names: Collection[tuple[str, UUID, str]]) -> dict[Key, list[Entry]]:
        """The entries with these (tenant, session id, client id), by session."""
        if not names:
            return {}
        tenants, ids, clients = zip(*names, strict=True)
        given = {"tenant": list(tenants), "session": list(ids), "name": list(clients)}
        return _by_session(await self._session.execute(_NAMED, given))

    async def entries_after(
        self, cursors: Mapping[Key, int], most: int = MOST_AT_ONCE
    ) -> dict[Key, list[Entry]]:
        """For each session its entries beyond the cursor, in order, at most `most` of each."""
        if not cursors:
            return {}
        tenants, ids = zip(*cursors, strict=True)
        given = {
            "tenant": list(tenants), "session": list(ids), "cursor": list(cursors.values()),
            "most": most,
        }  # fmt: skip
        return _by_session(await self._session.execute(_AFTER, given))

    async def _read(self, query: Any, keys: Collection[Key]) -> dict[Key, Chat]:
        given = {"tenant": [key[0] for key in sorted(keys)], "id": [key[1] for key in sorted(keys)]}
        rows = await self._session.execute(query, given) if keys else ()
        return {(row.tenant, row.id): _chat(row) for row in rows}


async def open_chats(session: Session, given: Collection[Chat]) -> dict[Key, Chat]:
    """Stores the sessions that are new, and returns all of them as stored, locked."""
    if not given:
        return {}
    rows = await session.execute(_OPEN, _columns(given))
    return {(row.tenant, row.id): _chat(row) for row in rows}


async def save_chats(session: Session, given: Collection[Chat]) -> None:
    """Replaces sessions that this transaction has locked."""
    if given:
        new = {f"new_{name}": values for name, values in _columns(given).items()}
        await session.execute(_SAVE, new)


async def add_entries(session: Session, given: Collection[tuple[Key, Entry]]) -> None:
    """Stores new entries of locked sessions."""
    if not given:
        return
    columns: dict[str, list[object]] = {
        name: [getattr(entry, name, None) for _, entry in given] for name in _NEW_ENTRY
    }
    columns["tenant"] = [key[0] for key, _ in given]
    columns["session_id"] = [key[1] for key, _ in given]
    columns["files"] = [_packed(entry) for _, entry in given]
    await session.execute(_ADD, columns)


async def forget_chats(session: Session, keys: Collection[Key]) -> None:
    """Removes sessions with all that was said in them. Their messages are not touched."""
    if keys:
        given = sorted(keys)
        in_session = tuple_(entries.c.tenant, entries.c.session_id).in_(given)
        await session.execute(delete(entries).where(in_session))
        await session.execute(
            delete(sessions).where(tuple_(sessions.c.tenant, sessions.c.id).in_(given))
        )


def _columns(given: Collection[Chat]) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = {
        name: [getattr(chat, name) for chat in given] for name in _PLAIN
    }
    columns["visitor_name"] = [chat.visitor.name for chat in given]
    columns["visitor_email"] = [chat.visitor.address for chat in given]
    columns["invited"] = [json.dumps(dict(chat.invited)) for chat in given]
    return columns


def _chat(row: Row[Any]) -> Chat:
    return Chat(
        **{name: getattr(row, name) for name in _PLAIN},
        visitor=Person(row.visitor_name, row.visitor_email),
        invited=row.invited,
    )


def _packed(entry: Entry) -> str | None:
    return json.dumps([asdict(file) for file in entry.files]) if entry.files else None


def _by_session(rows: Any) -> dict[Key, list[Entry]]:
    found: dict[Key, list[Entry]] = {}
    for row in rows:
        found.setdefault((row.tenant, row.session_id), []).append(_entry(row))
    return found


def _entry(row: Row[Any]) -> Entry:
    files = tuple(File(one["name"], Blob(**one["blob"])) for one in row.files or ())
    return Entry(
        seq=row.seq, kind=row.kind, client_id=row.client_id, at=row.at, author=row.author,
        text=row.text, files=files, ticket_id=row.ticket_id, delivery_kind=row.delivery_kind,
    )  # fmt: skip
