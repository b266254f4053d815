"""Channel accounts in PostgreSQL."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.accounts import Account
from services.ingest.tables import channel_account as accounts
from shared.storage import ReadSession, Session

_COLUMNS = [accounts.c[name] for name in Account.__dataclass_fields__]
_given = insert(accounts)
_SAVE = _given.on_conflict_do_update(
    index_elements=["tenant", "id"],
    set_={
        "address": _given.excluded.address,
        "name": _given.excluded.name,
        "version": _given.excluded.version,
        "updated_at": _given.excluded.updated_at,
    },
)


class Accounts:
    """The channel accounts of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def of_tenants(self, tenants: Collection[str]) -> dict[tuple[str, str], Account]:
        """All accounts of these tenants, by (tenant, id)."""
        query = select(*_COLUMNS).where(accounts.c.tenant.in_(sorted(tenants)))
        rows = await self._session.execute(query)
        return {(row.tenant, row.id): Account(*row) for row in rows}

    async def locked(self, tenant: str, id: str) -> Account | None:
        """One account, locked until the transaction ends."""
        query = select(*_COLUMNS).where(accounts.c.tenant == tenant, accounts.c.id == id)
        row = (await self._session.execute(query.with_for_update())).first()
        return None if row is None else Account(*row)

    async def has_address(self, tenant: str, address: str, *, other_than: str) -> bool:
        """Whether another account of the tenant's receives mail under this address."""
        query = select(accounts.c.id).where(
            accounts.c.tenant == tenant,
            accounts.c.kind == "email",
            func.lower(accounts.c.address) == address.lower(),
            accounts.c.id != other_than,
        )
        return (await self._session.execute(query)).first() is not None

    async def page(self, tenant: str, after: str | None, limit: int) -> Sequence[Account]:
        """The tenant's accounts in the order of their ids, those beyond `after`."""
        query = select(*_COLUMNS).where(accounts.c.tenant == tenant)
        if after is not None:
            query = query.where(accounts.c.id > after)
        rows = await self._session.execute(query.order_by(accounts.c.id).limit(limit))
        return [Account(*row) for row in rows]


async def save_account(session: Session, account: Account) -> None:
    """Inserts the account or replaces what may change: address, name, version."""
    values = {name: getattr(account, name) for name in Account.__dataclass_fields__}
    await session.execute(_SAVE.values(values))
