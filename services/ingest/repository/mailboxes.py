"""Mailboxes to fetch from: whose turn it is, how far each folder is read, what was passed over."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.accounts import Account
from services.ingest.tables import channel_account as accounts
from services.ingest.tables import mailbox, mailbox_folder, mailbox_refused
from shared.storage import ReadSession, Session

_ACCOUNT = [accounts.c[name] for name in Account.__dataclass_fields__]
_FETCHED = (accounts.c.kind == "email") & accounts.c.settings.has_key("imap")
_ITS_ACCOUNT = (accounts.c.tenant == mailbox.c.tenant) & (accounts.c.id == mailbox.c.account)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder is read. Mails up to settled_uid are moved, flagged or deleted as well."""

    folder: str
    uid_validity: int
    last_uid: int = 0
    settled_uid: int = 0
    mails: int = 0


@dataclass(frozen=True, slots=True)
class RefusedMail:
    """A mail that the server does not give out, or that is too large. size: bytes, if known."""

    folder: str
    uid_validity: int
    uid: int
    size: int | None
    reason: str
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """How fetching from a mailbox goes; failures are those since it last went well."""

    fetched_at: datetime | None
    failures: int
    error: str | None
    failed_at: datetime | None


class Mailboxes:
    """The mailboxes of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def health(self, tenant: str, account: str) -> Health | None:
        """How it goes; None for an account that nothing is fetched for."""
        columns = [mailbox.c[name] for name in Health.__dataclass_fields__]
        query = select(*columns).where(mailbox.c.tenant == tenant, mailbox.c.account == account)
        row = (await self._session.execute(query)).first()
        return None if row is None else Health(*row)

    async def cursors(self, tenant: str, account: str) -> dict[str, Cursor]:
        """How far each folder is read, by its name."""
        table = mailbox_folder
        columns = [table.c[name] for name in Cursor.__dataclass_fields__]
        query = select(*columns).where(table.c.tenant == tenant, table.c.account == account)
        return {row.folder: Cursor(*row) for row in await self._session.execute(query)}

    async def refused(
        self, tenant: str, account: str, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[RefusedMail]:
        """The account's mails that were passed over, oldest first, those beyond `after`."""
        table = mailbox_refused
        columns = [table.c[name] for name in RefusedMail.__dataclass_fields__]
        query = select(*columns).where(table.c.tenant == tenant, table.c.account == account)
        order = table.c.refused_at, table.c.uid
        if after is not None:
            query = query.where(tuple_(*order) > tuple_(literal(after[0]), literal(after[1])))
        rows = await self._session.execute(query.order_by(*order).limit(limit))
        return [RefusedMail(*row) for row in rows]

    async def refused_uids(self, tenant: str, account: str, cursor: Cursor) -> set[int]:
        """UIDs of a folder's mails that were passed over and are not settled yet."""
        table = mailbox_refused
        query = select(table.c.uid).where(
            table.c.tenant == tenant,
            table.c.account == account,
            table.c.folder == cursor.folder,
            table.c.uid_validity == cursor.uid_validity,
            table.c.uid > cursor.settled_uid,
        )
        return set((await self._session.execute(query)).scalars())


async def lease_mailboxes(
    session: Session, lease: UUID, seconds: float, limit: int, now: datetime
) -> Sequence[Account]:
    """Takes mailboxes that are due and nobody's, for `seconds`; their accounts."""
    await _add_new(session, now)
    due = (
        select(mailbox.c.tenant, mailbox.c.account)
        .where(
            mailbox.c.due_at <= now,
            func.coalesce(mailbox.c.leased_until, now) <= now,
            exists().where(_ITS_ACCOUNT, _FETCHED),
        )
        .order_by(mailbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .subquery()
    )
    taken = (
        update(mailbox)
        .where(mailbox.c.tenant == due.c.tenant, mailbox.c.account == due.c.account)
        .where(_ITS_ACCOUNT)
        .values(lease=lease, leased_until=now + timedelta(seconds=seconds))
        .returning(*_ACCOUNT)
    )
    return [Account(*row) for row in await session.execute(taken)]


async def _add_new(session: Session, now: datetime) -> None:
    known = exists().where(_ITS_ACCOUNT)
    new = select(accounts.c.tenant, accounts.c.id, literal(now), literal(0)).where(_FETCHED, ~known)
    names = ["tenant", "account", "due_at", "failures"]
    await session.execute(insert(mailbox).from_select(names, new).on_conflict_do_nothing())


async def renew_lease(
    session: Session, account: Account, lease: UUID, seconds: float, now: datetime
) -> bool:
    """Prolongs a lease and locks the mailbox; False when the lease is no longer ours.

    It went well so far: an older error is forgotten.
    """
    kept = (
        update(mailbox)
        .where(_is(account), mailbox.c.lease == lease)
        .values(
            leased_until=now + timedelta(seconds=seconds),
            fetched_at=now,
            failures=0,
            error=None,
        )
        .returning(mailbox.c.account)
    )
    return (await session.execute(kept)).first() is not None


async def release_mailbox(
    session: Session, account: Account, lease: UUID, due_at: datetime
) -> None:
    """Gives a mailbox back, to be fetched from again at `due_at`."""
    given = update(mailbox).where(_is(account), mailbox.c.lease == lease)
    await session.execute(given.values(lease=None, leased_until=None, due_at=due_at))


async def note_failure(
    session: Session, account: Account, lease: UUID, error: str, now: datetime
) -> int:
    """Notes why it did not go; how often in a row that makes."""
    noted = (
        update(mailbox)
        .where(_is(account), mailbox.c.lease == lease)
        .values(failures=mailbox.c.failures + 1, error=error, failed_at=now)
        .returning(mailbox.c.failures)
    )
    return (await session.execute(noted)).scalar_one_or_none() or 1


async def wake_mailbox(session: Session, account: Account, now: datetime) -> None:
    """An account was changed: whatever went wrong before is tried again at once."""
    await session.execute(update(mailbox).where(_is(account)).values(due_at=now, failures=0))


async def save_cursor(session: Session, account: Account, cursor: Cursor, now: datetime) -> None:
    """Stores how far a folder is read."""
    values = {name: getattr(cursor, name) for name in Cursor.__dataclass_fields__}
    given = insert(mailbox_folder).values(
        tenant=account.tenant, account=account.id, updated_at=now, **values
    )
    changed = {name: given.excluded[name] for name in (*values, "updated_at") if name != "folder"}
    keys = ["tenant", "account", "folder"]
    await session.execute(given.on_conflict_do_update(index_elements=keys, set_=changed))


async def insert_refused(
    session: Session, account: Account, refused: Collection[RefusedMail]
) -> None:
    """Notes mails that were passed over."""
    if refused:
        rows = [
            {name: getattr(one, name) for name in RefusedMail.__dataclass_fields__}
            | {"tenant": account.tenant, "account": account.id}
            for one in refused
        ]
        await session.execute(insert(mailbox_refused).values(rows).on_conflict_do_nothing())


def _is(account: Account) -> ColumnElement[bool]:
    return (mailbox.c.tenant == account.tenant) & (mailbox.c.account == account.id)
