"""Who typed an address into a chat or a form, and is not proved to have it."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, Uuid, func, select

from services.ingest.tables.mail import conversation, message
from shared.storage import ReadSession, unnest


class Typed(NamedTuple):
    """A conversation, and an address in lower case that its customer may have given."""

    tenant: str
    conversation_id: UUID
    address: str


_asked = unnest("asked", tenant=Text, conversation_id=Uuid, address=Text)
_QUERY = (
    select(
        *[_asked.c.tenant, _asked.c.conversation_id, _asked.c.address, message.c.customer_id],
    )
    .join(
        conversation,
        (conversation.c.tenant == _asked.c.tenant)
        & (conversation.c.id == _asked.c.conversation_id),
    )
    .join(
        message,
        (message.c.tenant == conversation.c.tenant)
        & (message.c.conversation_id == conversation.c.id),
    )
    .where(
        conversation.c.channel.in_(["chat", "form"]),
        func.lower(conversation.c.customer_address) == _asked.c.address,
        message.c.channel.in_(["chat", "form"]),
        message.c.direction == "inbound",
        message.c.customer_id.is_not(None),
    )
    .distinct()
)


async def who_typed(session: ReadSession, asked: Collection[Typed]) -> dict[Typed, list[UUID]]:
    """The customers who wrote in these conversations under these addresses, where there are any."""
    tenants, conversations, addresses = (list(column) for column in zip(*asked, strict=True))
    given = {"tenant": tenants, "conversation_id": conversations, "address": addresses}
    found: defaultdict[Typed, list[UUID]] = defaultdict(list)
    for tenant, id, address, customer in await session.execute(_QUERY, given):
        found[Typed(tenant, id, address)].append(customer)
    return dict(found)
