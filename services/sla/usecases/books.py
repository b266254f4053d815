"""What tenants have promised, ready to fold histories with."""

from collections.abc import Collection, Iterable, Mapping

from services.sla.domain.book import Book, CustomerVersion
from services.sla.domain.calendar.versions import CalendarVersion
from services.sla.domain.ticket import Ticket
from services.sla.repository.calendars import Calendars
from services.sla.repository.customers import CustomerKey, customer_plans
from services.sla.repository.policies import Policies
from shared.storage import ReadSession


async def books(
    session: ReadSession, tenants: Collection[str], customers: Collection[CustomerKey] = ()
) -> Mapping[str, Book]:
    """The book of each tenant, with what is known of some customers."""
    sets = await Policies(session).versions(tenants)
    calendars: dict[str, dict[str, list[CalendarVersion]]] = {}
    for (tenant, id), versions in (await Calendars(session).versions(tenants)).items():
        calendars.setdefault(tenant, {})[id] = versions
    plans: dict[str, dict[str, list[CustomerVersion]]] = {}
    for (tenant, key), known in (await customer_plans(session, customers)).items():
        plans.setdefault(tenant, {})[key] = known
    return {
        tenant: Book(sets.get(tenant, ()), calendars.get(tenant, {}), plans.get(tenant, {}))
        for tenant in tenants
    }


def customers_of(tickets: Iterable[Ticket]) -> set[CustomerKey]:
    """Who asked, of tickets with their histories."""
    return {
        (ticket.tenant, step.facts.customer)
        for ticket in tickets
        for step in ticket.history.values()
        if step.facts.customer
    }
