"""Channel accounts in PostgreSQL."""

from collections.abc import Collection, Sequence

from sqlalchemy import Text, func, select
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.accounts import Account, Kind
from services.ingest.tables import channel_account as accounts
from shared.storage import ReadSession, Session, unnest

_COLUMNS = [accounts.c[name] for name in Account.__dataclass_fields__]
_given = insert(accounts)
_SAVE = _given.on_conflict_do_update(
    index_elements=["tenant", "id"],
    set_={
        "address": _given.excluded.address,
        "name": _given.excluded.name,
        "delivery": _given.excluded.delivery,
        "settings": _given.excluded.settings,
        "secrets": _given.excluded.secrets,
        "version": _given.excluded.version,
        "updated_at": _given.excluded.updated_at,
    },
)
_tenants = unnest("tenants", tenant=Text)
_OF_TENANTS = select(*_COLUMNS).join(_tenants, accounts.c.tenant == _tenants.c.tenant)


class Accounts:
    """The channel accounts of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def of_tenants(self, tenants: Collection[str]) -> dict[tuple[str, str], Account]:
        """All accounts of these tenants, by (tenant, id)."""
        rows = await self._session.execute(_OF_TENANTS, {"tenant": sorted(tenants)})
        return {(row.tenant, row.id): Account(*row) for row in rows}

    async def locked(self, tenant: str, id: str) -> Account | None:
        """One account, locked until the transaction ends."""
        query = select(*_COLUMNS).where(accounts.c.tenant == tenant, accounts.c.id == id)
        row = (await self._session.execute(query.with_for_update())).first()
        return None if row is None else Account(*row)

    async def has_address(self, tenant: str, kind: Kind, address: str, *, other_than: str) -> bool:
        """Whether the address is another account's.

        A mail address is so for all tenants, since mails find their tenant by it; any other kind's
        for the tenant's own accounts.
        """
        query = select(accounts.c.id).where(
            accounts.c.kind == kind,
            func.lower(accounts.c.address) == address.lower(),
            (accounts.c.tenant != tenant) | (accounts.c.id != other_than),
        )
        if kind != "email":
            query = query.where(accounts.c.tenant == tenant)
        return (await self._session.execute(query)).first() is not None

    async def by_address(self, addresses: Collection[str]) -> dict[str, Account]:
        """The e-mail accounts of any tenant with these addresses (lower case), by address."""
        query = select(*_COLUMNS).where(
            accounts.c.kind == "email", func.lower(accounts.c.address).in_(sorted(addresses))
        )
        found = [Account(*row) for row in await self._session.execute(query)]
        return {account.address.lower(): account for account in found if account.address}

    async def find(self, tenant: str, id: str) -> Account | None:
        """One account."""
        query = select(*_COLUMNS).where(accounts.c.tenant == tenant, accounts.c.id == id)
        row = (await self._session.execute(query)).first()
        return None if row is None else Account(*row)

    async def page(self, tenant: str, after: str | None, limit: int) -> Sequence[Account]:
        """The tenant's accounts in the order of their ids, those beyond `after`."""
        query = select(*_COLUMNS).where(accounts.c.tenant == tenant)
        if after is not None:
            query = query.where(accounts.c.id > after)
        rows = await self._session.execute(query.order_by(accounts.c.id).limit(limit))
        return [Account(*row) for row in rows]


async def save_account(session: Session, account: Account) -> None:
    """Inserts the account or replaces what may change: all but its kind."""
    values = {name: getattr(account, name) for name in Account.__dataclass_fields__}
    await session.execute(_SAVE.values(values))
