"""Customers are erased: their names, addresses and words leave the tickets; the figures stay."""

from collections.abc import Sequence
from datetime import datetime

from services.router.repository.erasure import forget_messages, forget_tickets, lock_tickets_of
from shared.contracts.customers import CustomerErased
from shared.messaging import Outbox, Received
from shared.messaging.forget import forget_values
from shared.storage import Session


async def hear_erasures(
    session: Session, outbox: Outbox, received: Sequence[Received[CustomerErased]], now: datetime
) -> None:
    """Empties the tickets of erased conversations. The same again changes nothing more."""
    for event in sorted(received, key=lambda one: (one.tenant, one.data.customer_id)):
        erased, tenant = event.data, event.tenant
        if erased.conversation_ids:
            tickets = await lock_tickets_of(session, tenant, erased.conversation_ids)
            await forget_tickets(session, tenant, tickets)
            # Their text may wait to be announced, be parked, or be kept as an answer.
            named = [str(id) for id in (*tickets, *erased.conversation_ids)]
            await forget_values(session, tenant, named)
        if erased.message_ids:
            await forget_messages(session, tenant, erased.message_ids)
