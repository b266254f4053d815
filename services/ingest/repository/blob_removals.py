"""Blobs and raw mails that are to go, in PostgreSQL."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    DateTime,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.ingest.tables.chat import chat_entry
from services.ingest.tables.customers import blob_removal, raw_copy
from services.ingest.tables.mail import message, raw_mail
from shared.storage import ReadSession, Session, unnest

_given = unnest("given", key=Text, tenant=Text)
_QUEUED = insert(blob_removal).from_select(
    ["key", "tenant", "due_at"],
    select(_given.c.key, _given.c.tenant, bindparam("due", type_=DateTime(timezone=True))).order_by(
        _given.c.key
    ),
)
# A file that waits to be named waits long; whoever is forgotten meanwhile is forgotten in a day.
_INSERT = _QUEUED.on_conflict_do_update(
    index_elements=[blob_removal.c.key], set_={"due_at": _QUEUED.excluded.due_at}
)
# An upload waits as long as those of the same bytes that wait already.
_INSERT_UPLOAD = _QUEUED.on_conflict_do_update(
    index_elements=[blob_removal.c.key],
    set_={"due_at": func.greatest(blob_removal.c.due_at, _QUEUED.excluded.due_at)},
)
_copies = unnest("copies", tenant=Text, message_id=Uuid, raw_id=Uuid)
_COPY = (
    insert(raw_copy)
    .from_select(["tenant", "message_id", "raw_id"], select(_copies))
    .on_conflict_do_nothing()
)
_KEYS = text("'$.**.key'")
_raws = unnest("forgotten", owner=Text, of=Uuid)


async def queue_removals(session: Session, keys: Collection[str], due_at: datetime) -> None:
    """Notes blobs of ours that a row has ceased to name, or that none names yet.

    What is noted already is due at the new time. Those of others are theirs to remove.
    """
    ours = sorted({key for key in keys if key.startswith("ingest/")})
    if ours:
        tenants = [key.split("/")[1] for key in ours]
        await session.execute(_INSERT, {"key": ours, "tenant": tenants, "due": due_at})


async def queue_upload(session: Session, key: str, due_at: datetime) -> None:
    """Notes a blob that nothing names yet; what is noted for later already stays so."""
    given = {"key": [key], "tenant": [key.split("/")[1]], "due": due_at}
    await session.execute(_INSERT_UPLOAD, given)


async def due_removals(session: ReadSession, now: datetime, limit: int) -> list[str]:
    """Keys of blobs whose time has come."""
    query = select(blob_removal.c.key).where(blob_removal.c.due_at <= now)
    return list(await session.scalars(query.order_by(blob_removal.c.due_at).limit(limit)))


async def still_named(session: ReadSession, keys: Collection[str]) -> set[str]:
    """Those of the blobs that a message, a raw mail or a chat still names."""
    removal = blob_removal.c
    details = message.c.details
    in_message = exists().where(
        message.c.tenant == removal.tenant,
        func.jsonb_path_exists(details, _KEYS),
        func.jsonb_path_query_array(details, _KEYS).op("?")(removal.key),
    )
    in_raw = exists().where(
        raw_mail.c.tenant == removal.tenant,
        raw_mail.c.sha256
        == func.decode(func.split_part(removal.key, "/", 3), "hex", type_=LargeBinary),
        raw_mail.c.blob_key == removal.key,
    )
    query = select(removal.key).where(removal.key.in_(keys), or_(in_message, in_raw))
    named = set(await session.scalars(query))
    rest = set(keys) - named
    return named | await _named_in_chats(session, rest) if rest else named


async def _named_in_chats(session: ReadSession, keys: Collection[str]) -> set[str]:
    """Entries with files are gone through once, whatever the number of keys."""
    named = func.jsonb_path_query(chat_entry.c.files, _KEYS).column_valued(
        "named", joins_implicitly=True
    )
    key = func.jsonb_build_array(named).op("->>")(0)
    tenants = {one.split("/")[1] for one in keys}
    query = (
        select(key)
        .select_from(chat_entry)
        .distinct()
        .where(chat_entry.c.tenant.in_(sorted(tenants)), chat_entry.c.files.is_not(None))
        .where(key.in_(sorted(keys)))
    )
    return set(await session.scalars(query))


async def settle_removals(session: Session, gone: Collection[str], now: datetime) -> None:
    """Strikes blobs off that were due at `now` and are gone, or are to stay."""
    await session.execute(delete(blob_removal).where(_still_due(gone, now)))


async def put_off(session: Session, keys: Collection[str], now: datetime, due_at: datetime) -> None:
    """Blobs that were due at `now` and were put again lately wait their time once more."""
    await session.execute(update(blob_removal).where(_still_due(keys, now)).values(due_at=due_at))


def _still_due(keys: Collection[str], now: datetime) -> ColumnElement[bool]:
    """Those that nobody has noted anew since they were looked at."""
    return blob_removal.c.key.in_(sorted(keys)) & (blob_removal.c.due_at <= now)


async def expire_raws(session: Session, before: datetime, limit: int) -> tuple[int, list[str]]:
    """Takes the bytes off raw mails that came before `before`; how many, and keys of their blobs.

    Id and hash stay: the same mail handed in again is still the same.
    """
    r = raw_mail.c
    held = or_(r.body.is_not(None), r.blob_key.is_not(None))
    due = (
        select(r.tenant, r.id, r.blob_key)
        .where(held, r.received_at < before)
        .order_by(r.received_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.execute(due)).all()
    given = sorted((row.tenant, row.id) for row in rows)
    await forget_raws(session, given)
    return len(rows), [row.blob_key for row in rows if row.blob_key]


async def forget_raws(session: Session, given: Collection[tuple[str, object]]) -> None:
    """Takes the bytes off raw mails, by (tenant, id)."""
    if given:
        owners, ids = (list(column) for column in zip(*given, strict=True))
        r = raw_mail.c
        query = update(raw_mail).where(r.tenant == _raws.c.owner, r.id == _raws.c.of)
        bound = {"owner": owners, "of": ids}
        await session.execute(query.values(body=None, blob_key=None), bound)


async def oldest_raw(session: ReadSession) -> datetime | None:
    """When the oldest raw mail came whose bytes are kept."""
    r = raw_mail.c
    held = or_(r.body.is_not(None), r.blob_key.is_not(None))
    found: datetime | None = await session.scalar(select(func.min(r.received_at)).where(held))
    return found


async def note_copies(session: Session, copies: Collection[tuple[str, object, object]]) -> None:
    """Raw mails, by (tenant, message id, raw id), that were copies of a message."""
    if copies:
        tenants, messages, raws = (list(column) for column in zip(*sorted(copies), strict=True))
        given = {"tenant": tenants, "message_id": messages, "raw_id": raws}
        await session.execute(_COPY, given)
