"""Something else is promised, or work is done at other times: what is owed is checked anew."""

from datetime import datetime

from services.sla.repository import Tickets
from services.sla.repository.outdated import outdated
from services.sla.usecases.announce import announce, time_cause
from services.sla.usecases.books import books, customers_of
from services.sla.usecases.report import decide_tickets
from shared.messaging import Outbox
from shared.storage import ReadSession, Session


async def recheck_clocks(session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
    """Folds up to `limit` tickets whose running clocks know an older set or calendar, or on which
    something is owed about which an older set promised nothing.

    Returns how many there were. What is published while a batch is applied is found here too.
    """
    keys = await outdated(session, limit)
    if not keys:
        return 0
    tickets = await Tickets(session).lock(keys)
    customers = customers_of(tickets.values())
    promised = await books(session, {tenant for tenant, _ in keys}, customers)
    for ticket in tickets.values():
        for news in ticket.check(promised[ticket.tenant], now):
            announce(outbox, news, ticket, time_cause(news, ticket, now))
    await Tickets(session).save(tickets.values())
    await decide_tickets(session, tickets.values())
    return len(keys)


async def never_due(_session: ReadSession) -> datetime | None:
    """Nothing tells beforehand when there will be something: it is looked for once a second."""
    return None
