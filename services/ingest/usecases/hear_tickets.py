"""Tickets by number, as router announces them, so that a customer may name one in a subject."""

from collections.abc import Sequence
from datetime import datetime

from services.ingest.repository.ticket_numbers import keep_ticket_numbers
from shared.contracts.tickets import TicketOpened
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage import Session


async def hear_tickets(
    session: Session, outbox: Outbox, received: Sequence[Received[TicketOpened]], now: datetime
) -> None:
    """Remembers which conversation each ticket was opened by, unless an answer told of it first."""
    await keep_ticket_numbers(
        session,
        {
            (one.tenant, one.data.ticket.number): one.data.ticket.conversation_ids[0]
            for one in received
            if one.data.ticket.conversation_ids
        },
    )
