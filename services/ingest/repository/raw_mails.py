"""Raw mails in PostgreSQL: unique by what they contain."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, LargeBinary, Text, Uuid, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from services.ingest.tables import raw_mail as raws
from shared.storage import ReadSession, Session, unnest

Hash = tuple[str, bytes]
"""(tenant, SHA-256 of the bytes): one raw mail."""

_at = DateTime(timezone=True)
_NEW = ["tenant", "id", "sha256", "account", "size", "body", "blob_key", "received_at"]
_given = unnest(
    "given", tenant=Text, id=Uuid, sha256=LargeBinary, account=Text, size=Integer,
    body=LargeBinary, blob_key=Text, received_at=_at,
)  # fmt: skip
_INSERT = (
    insert(raws)
    .from_select(
        _NEW,
        select(*[_given.c[name] for name in _NEW]).order_by(_given.c.tenant, _given.c.sha256),
    )
    .on_conflict_do_nothing()
    .returning(raws.c.id)
)
_hashes = unnest("hashes", tenant=Text, sha256=LargeBinary)
_FIND = select(raws.c.tenant, raws.c.sha256, raws.c.id, raws.c.message_id).join(
    _hashes, (raws.c.tenant == _hashes.c.tenant) & (raws.c.sha256 == _hashes.c.sha256)
)
_parsed = unnest("parsed", owner=Text, raw=Uuid, message=Uuid)
_MARK = (
    update(raws)
    .values(message_id=_parsed.c.message, parsed_at=bindparam("now", type_=_at))
    .where(raws.c.tenant == _parsed.c.owner, raws.c.id == _parsed.c.raw)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMail:
    """A mail as it came. Exactly one of body and blob_key is set; message_id once it is parsed."""

    tenant: str
    id: UUID
    sha256: bytes
    account: str
    size: int
    body: bytes | None = field(repr=False)
    blob_key: str | None
    received_at: datetime
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A raw mail that is stored: its id, and its message once it is parsed."""

    id: UUID
    message_id: UUID | None


_ALL = [raws.c[name] for name in RawMail.__dataclass_fields__]
_BUT_BODY = [column for column in _ALL if column.name != "body"]


class RawMails:
    """The raw mails of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def known(self, hashes: Collection[Hash]) -> dict[Hash, Known]:
        """Those of these mails that are stored."""
        if not hashes:
            return {}
        tenants, digests = zip(*hashes, strict=True)
        given = {"tenant": list(tenants), "sha256": list(digests)}
        rows = await self._session.execute(_FIND, given)
        return {(row.tenant, row.sha256): Known(row.id, row.message_id) for row in rows}

    async def find(self, tenant: str, id: UUID) -> RawMail | None:
        """A raw mail without its body, by its id."""
        query = select(*_BUT_BODY).where(raws.c.tenant == tenant, raws.c.id == id)
        row = (await self._session.execute(query)).first()
        return None if row is None else RawMail(body=None, **row._mapping)

    async def with_body(self, tenant: str, id: UUID) -> RawMail | None:
        """A raw mail and the bytes that lie in its row."""
        query = select(*_ALL).where(raws.c.tenant == tenant, raws.c.id == id)
        row = (await self._session.execute(query)).first()
        return None if row is None else RawMail(**row._mapping)


async def insert_raw_mails(session: Session, mails: Sequence[RawMail]) -> set[UUID]:
    """Stores the mails whose bytes the tenant has not stored yet, and returns the ids of those."""
    columns = {name: [getattr(mail, name) for mail in mails] for name in _NEW}
    return set((await session.execute(_INSERT, columns)).scalars())


async def mark_parsed(
    session: Session, parsed: Collection[tuple[str, UUID, UUID]], now: datetime
) -> None:
    """parsed: (tenant, raw id, message id) of mails that have found their message."""
    owners, raw_ids, messages = (list(column) for column in zip(*sorted(parsed), strict=True))
    given = {"owner": owners, "raw": raw_ids, "message": messages, "now": now}
    await session.execute(_MARK, given)


__all__ = ["Hash", "Known", "RawMail", "RawMails", "insert_raw_mails", "mark_parsed"]
