"""By which account somebody wrote last, for answers that begin a conversation."""

from collections.abc import Collection

from sqlalchemy import Text, select, true

from services.ingest.tables import message
from services.ingest.tables.customers import customer_identity
from shared.storage import ReadSession, unnest

Reach = tuple[str, str, str]
"""(tenant, channel, address)."""

_asked = unnest("asked", owner=Text, channel=Text, address=Text)
_identity = customer_identity.c
_written = (
    select(message.c.account, message.c.received_at)
    .join(
        customer_identity,
        (_identity.tenant == message.c.tenant) & (_identity.customer_id == message.c.customer_id),
    )
    .where(
        _identity.tenant == _asked.c.owner,
        _identity.value == _asked.c.address,
        message.c.direction == "inbound",
        message.c.channel == _asked.c.channel,
        message.c.sender_address == _asked.c.address,
    )
    .order_by(message.c.received_at.desc(), message.c.id)
    .limit(1)
    .lateral("written")
)
_LAST = select(_asked, _written.c.account).select_from(_asked.join(_written, true()))


async def last_accounts(session: ReadSession, asked: Collection[Reach]) -> dict[Reach, str]:
    """The account that each person's latest message of the channel came by, where there is one."""
    if not asked:
        return {}
    owners, channels, addresses = zip(*asked, strict=True)
    given = {"owner": list(owners), "channel": list(channels), "address": list(addresses)}
    rows = await session.execute(_LAST, given)
    return {(owner, channel, address): account for owner, channel, address, account in rows}
