"""Chat sessions and their entries, read from PostgreSQL; whole batches as one statement."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
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
    func,
    select,
    true,
)

from services.ingest.domain.chat.sessions import Chat, Entry, File, Key
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Blob
from services.ingest.tables import channel_account as accounts
from services.ingest.tables import message as messages
from services.ingest.tables.chat import chat_entry as entries
from services.ingest.tables.chat import chat_session as sessions
from shared.storage import ReadSession, unnest

MOST_AT_ONCE = 100
"""Entries of one session that are read at a time."""

PLAIN = [
    column.name
    for column in sessions.c
    if column.name not in {"visitor_name", "visitor_email", "invited"}
]
"""The columns of a session that are fields of `Chat` under the same name."""

_at = DateTime(timezone=True)
_keys = unnest("keys", tenant=Text, id=Uuid)
_FIND = select(sessions).join(
    _keys, (sessions.c.tenant == _keys.c.tenant) & (sessions.c.id == _keys.c.id)
)
_LOCK = (
    select(sessions, accounts.c.settings)
    .join(_keys, (sessions.c.tenant == _keys.c.tenant) & (sessions.c.id == _keys.c.id))
    .outerjoin(
        accounts,
        (accounts.c.tenant == sessions.c.tenant) & (accounts.c.id == sessions.c.account),
    )
    .order_by(sessions.c.tenant, sessions.c.id)
    .with_for_update(of=sessions)
)
_asked = unnest("asked", tenant=Text, session=Uuid, request=Uuid)
_SHOWN = (
    select(_asked.c.tenant, _asked.c.request)
    .join(sessions, (sessions.c.tenant == _asked.c.tenant) & (sessions.c.id == _asked.c.session))
    .outerjoin(
        messages, (messages.c.tenant == _asked.c.tenant) & (messages.c.id == _asked.c.request)
    )
    .where(
        sessions.c.started_at.is_not(None),
        func.coalesce(messages.c.channel, "chat") == "chat",
    )
)
_DUE = (
    select(sessions)
    .where(sessions.c.due_at <= bindparam("now", type_=_at))
    .order_by(sessions.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
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
        rows = await self._session.execute(_FIND, _split(keys)) if keys else ()
        return {(row.tenant, row.id): chat_of(row) for row in rows}

    async def lock(self, keys: Collection[Key]) -> dict[Key, "Held"]:
        """The same, locked, sorted, until the transaction ends."""
        rows = await self._session.execute(_LOCK, _split(keys)) if keys else ()
        return {(row.tenant, row.id): Held(chat_of(row), row.settings) for row in rows}

    async def shown(self, asked: Collection[tuple[Key, UUID]]) -> set[tuple[str, UUID]]:
        """Of what is said to sessions, by request id, what their pages show, as (tenant, id).

        That is what goes out by chat, or is not queued, in sessions that have begun.
        """
        if not asked:
            return set()
        given = _split([key for key, _ in asked])
        rows = await self._session.execute(
            _SHOWN,
            {
                "tenant": given["tenant"], "session": given["id"],
                "request": [request for _, request in asked],
            },
        )  # fmt: skip
        return {(row.tenant, row.request) for row in rows}

    async def due(self, now: datetime, limit: int) -> list[Chat]:
        """Sessions whose time has come, locked; those that a rival has locked are left to it."""
        rows = await self._session.execute(_DUE, {"now": now, "limit": limit})
        return [chat_of(row) for row in rows]

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


@dataclass(frozen=True, slots=True)
class Held:
    """A locked session, with its account's settings as they are now; None: the account is gone."""

    chat: Chat
    settings: Mapping[str, Any] | None


def _split(keys: Iterable[Key]) -> dict[str, list[Any]]:
    given = list(keys)
    return {"tenant": [key[0] for key in given], "id": [key[1] for key in given]}


def chat_of(row: Row[Any]) -> Chat:
    return Chat(
        **{name: getattr(row, name) for name in PLAIN},
        visitor=Person(row.visitor_name, row.visitor_email),
        invited=row.invited,
    )


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
