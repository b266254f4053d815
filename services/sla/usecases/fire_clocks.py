"""Time went by: clocks are nearly due, or broken."""

from datetime import datetime

from services.sla.repository import claim, move
from services.sla.usecases.announce import announce, time_cause
from services.sla.usecases.report import count_breaches
from shared.messaging import Outbox
from shared.storage import Session


async def fire_clocks(session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
    """Announces what is due by `now` for up to `limit` clocks; returns how many there were.

    A breach that waited out a downtime is announced late, with the instant at which it was due.
    """
    claimed = await claim(session, now, limit)
    for ticket, clock in claimed:
        for news in ticket.pass_time(clock, now):
            announce(outbox, news, ticket, time_cause(news, ticket, now))
    if claimed:
        tickets = {ticket.key: ticket for ticket, _ in claimed}.values()
        await move(session, tickets)
        await count_breaches(session, tickets)
    return len(claimed)
