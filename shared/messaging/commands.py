"""Idempotency-Key for HTTP commands: the answer is stored in the effect's own transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from shared.messaging import tables
from shared.messaging.outbox import hash_lock
from shared.storage.sessions import Session

KEPT_FOR = timedelta(hours=24)

_keys = tables.idempotency_key
_LOCK = select(func.pg_try_advisory_xact_lock(bindparam("lock")))


class KeyInFlight(Exception):
    """The same key is being worked on right now: ask again in a moment (HTTP 409)."""


class KeyReused(Exception):
    """The key was used for another request: a new request needs a new key (HTTP 422)."""


@dataclass(frozen=True, slots=True)
class CommandKey:
    """Whose command it is: a key counts per tenant, subject, method and route."""

    tenant: str
    subject: str
    method: str
    route: str
    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer of a command, word for word."""

    status: int
    headers: dict[str, str]
    body: bytes


async def find_answer(session: Session, key: CommandKey, now: datetime) -> StoredAnswer | None:
    """Claims `key` until the transaction ends, and returns the answer if it was used before.

    Raises KeyInFlight while another transaction works on it, KeyReused when its request differs.
    """
    named = "\0".join((key.tenant, key.subject, key.method, key.route, key.key))
    if not await session.scalar(_LOCK, {"lock": hash_lock("idempotency", named.encode())}):
        raise KeyInFlight
    row = (await session.execute(select(_keys).where(*_is(key), _keys.c.expires_at > now))).first()
    if row is None:
        return None
    if row.request_hash != key.request_hash:
        raise KeyReused
    return StoredAnswer(row.status, row.headers, row.body)


async def store_answer(
    session: Session, key: CommandKey, answer: StoredAnswer, now: datetime
) -> None:
    """Keeps the answer of a claimed key for 24 hours, replacing one that has expired."""
    values = {
        "request_hash": key.request_hash, "status": answer.status, "headers": answer.headers,
        "body": answer.body, "expires_at": now + KEPT_FOR,
    }  # fmt: skip
    named = {"tenant": key.tenant, "subject": key.subject, "method": key.method,
             "route": key.route, "key": key.key}  # fmt: skip
    statement = insert(_keys).values(**named, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=list(named), set_=values))


async def forget_expired(session: Session, now: datetime) -> int:
    """Deletes answers past their 24 hours; returns how many."""
    return (await session.execute(delete(_keys).where(_keys.c.expires_at <= now))).rowcount


def _is(key: CommandKey) -> tuple[ColumnElement[bool], ...]:
    return (
        _keys.c.tenant == key.tenant, _keys.c.subject == key.subject,
        _keys.c.method == key.method, _keys.c.route == key.route, _keys.c.key == key.key,
    )  # fmt: skip
