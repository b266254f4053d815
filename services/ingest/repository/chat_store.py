"""Chat sessions and their entries, written to PostgreSQL; whole batches as one statement."""

import json
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import DateTime, Integer, Text, Uuid, cast, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.ingest.domain.chat.sessions import Chat, Entry, Key
from services.ingest.repository.chat import PLAIN, chat_of
from services.ingest.tables.chat import chat_entry as entries
from services.ingest.tables.chat import chat_session as sessions
from shared.storage import Session, unnest

_at = DateTime(timezone=True)
_TYPES: dict[str, Any] = {
    "tenant": Text, "id": Uuid, "account": Text, "state": Text, "seq": Integer,
    "visitor_name": Text, "visitor_email": Text, "language": Text, "page": Text,
    "invitation": Text, "invited": Text, "read_seq": Integer, "messages": Integer,
    "replies": Integer, "agent_id": Uuid, "agent_name": Text, "transcript_to": Text,
    "started_at": _at, "waiting_since": _at, "answered_at": _at, "ended_at": _at, "due_at": _at,
}  # fmt: skip
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
_save = (
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

_NEW_ENTRY: dict[str, Any] = {
    "tenant": Text, "session_id": Uuid, "seq": Integer, "kind": Text, "client_id": Text, "at": _at,
    "author": Text, "text": Text, "files": Text, "ticket_id": Uuid, "delivery_kind": Text,
}  # fmt: skip
_fresh = unnest("fresh", **{f"entry_{name}": kind for name, kind in _NEW_ENTRY.items()})
_add = insert(entries).from_select(
    list(_NEW_ENTRY),
    select(
        *[
            cast(column, JSONB).label("files") if column.name == "entry_files" else column
            for column in _fresh.c
        ]
    ),
)
# One statement for both: each costs a round trip while the sessions are locked.
_STORE = _save.add_cte(_add.cte("added"))


async def open_chats(session: Session, given: Collection[Chat]) -> dict[Key, Chat]:
    """Stores the sessions that are new, and returns all of them as stored, locked."""
    if not given:
        return {}
    rows = await session.execute(_OPEN, _columns(given))
    return {(row.tenant, row.id): chat_of(row) for row in rows}


async def store_chats(
    session: Session, given: Collection[Chat], added: Collection[tuple[Key, Entry]]
) -> None:
    """Replaces sessions that this transaction has locked, and adds their new entries."""
    if given:
        new = {f"new_{name}": values for name, values in _columns(given).items()}
        fresh = {f"entry_{name}": values for name, values in _entry_columns(added).items()}
        await session.execute(_STORE, new | fresh)


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
        name: [getattr(chat, name) for chat in given] for name in PLAIN
    }
    columns["visitor_name"] = [chat.visitor.name for chat in given]
    columns["visitor_email"] = [chat.visitor.address for chat in given]
    columns["invited"] = [json.dumps(dict(chat.invited)) for chat in given]
    return columns


def _entry_columns(added: Collection[tuple[Key, Entry]]) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = {
        name: [getattr(entry, name, None) for _, entry in added] for name in _NEW_ENTRY
    }
    columns["tenant"] = [key[0] for key, _ in added]
    columns["session_id"] = [key[1] for key, _ in added]
    columns["files"] = [_packed(entry) for _, entry in added]
    return columns


def _packed(entry: Entry) -> str | None:
    return json.dumps([asdict(file) for file in entry.files]) if entry.files else None
