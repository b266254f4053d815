"""How many automatic mails each address has been sent in its present hour."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, case, delete, select
from sqlalchemy.dialects.postgresql import insert

from services.ingest.tables import automatic_budget as budgets
from shared.storage import Session, unnest

Address = tuple[str, str]
"""(tenant, lower-case address)."""

_HOUR: Final = timedelta(hours=1)
_at = DateTime(timezone=True)
_given = unnest("given", tenant=Text, address=Uuid, hour=_at, sent=Integer)
_insert = insert(budgets).from_select(
    ["tenant", "address", "hour", "sent"],
    select(_given).order_by(_given.c.tenant, _given.c.address),
)
_fresh = budgets.c.hour <= _insert.excluded.hour - _HOUR
_ADD = _insert.on_conflict_do_update(
    index_elements=["tenant", "address"],
    set_={
        "hour": case((_fresh, _insert.excluded.hour), else_=budgets.c.hour),
        "sent": case((_fresh, 0), else_=budgets.c.sent) + _insert.excluded.sent,
    },
).returning(budgets.c.tenant, budgets.c.address, budgets.c.sent)


async def count_automatic(
    session: Session, asked: Mapping[Address, int], now: datetime
) -> dict[Address, int]:
    """Counts so many more automatic mails to each address; returns how many there were before.

    An address's hour begins with its first mail. What was counted and then not sent stays counted:
    the budget is against loops, not for accounts. Hours that are over are forgotten now and then:
    with every 256th address.
    """
    if not asked:
        return {}
    names = {(tenant, _hashed(address)): (tenant, address) for tenant, address in asked}
    rows = await session.execute(
        _ADD,
        {
            "tenant": [tenant for tenant, _ in names],
            "address": [name for _, name in names],
            "hour": [now] * len(names),
            "sent": [asked[address] for address in names.values()],
        },
    )
    after = {names[row.tenant, row.address]: row.sent for row in rows}
    if any(name.bytes[0] == 0 for _, name in names):
        await session.execute(delete(budgets).where(budgets.c.hour < now - 2 * _HOUR))
    return {address: sent - asked[address] for address, sent in after.items()}


def _hashed(address: str) -> UUID:
    return UUID(bytes=hashlib.sha256(address.encode("utf-8", "replace")).digest()[:16])
