"""Customers are erased: their names, addresses and words leave the tickets; the figures stay."""

from collections.abc import Sequence
from datetime import datetime

from services.router.repository.erasure import (
    forget_customers,
    forget_entries,
    lock_tickets_of,
)
from shared.contracts.customers import CustomerErased
from shared.messaging import Outbox, Received
from shared.messaging.forget import forget_values
from shared.storage import Session


async def hear_erasures(
    session: Session, outbox: Outbox, received: Sequence[Received[CustomerErased]], now: datetime
) -> None:
    """Empties the tickets of erased conversations. The same again changes nothing more.

    In a ticket with others only who the customer was; what the others wrote is not router's.
    """
    for event in sorted(received, key=lambda one: (one.tenant, one.data.customer_id)):
        erased, tenant = event.data, event.tenant
        conversations = {*erased.conversation_ids, *erased.led_conversation_ids}
        if not conversations:
            continue
        tickets = await lock_tickets_of(session, tenant, conversations)
        await forget_customers(session, tenant, tickets)
        whole = await lock_tickets_of(session, tenant, erased.conversation_ids)
        await forget_entries(session, tenant, whole)
        # The text may wait to be announced, be parked, or be kept as an answer.
        await forget_values(session, tenant, [str(id) for id in (*tickets, *conversations)])
