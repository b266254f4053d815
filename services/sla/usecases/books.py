"""What tenants have promised, ready to fold histories with."""

from collections.abc import Collection, Mapping

from services.sla.domain.book import Book
from services.sla.domain.calendar.versions import CalendarVersion
from services.sla.repository.calendars import Calendars
from services.sla.repository.policies import Policies
from shared.storage import ReadSession


async def books(session: ReadSession, tenants: Collection[str]) -> Mapping[str, Book]:
    """The book of each tenant."""
    sets = await Policies(session).versions(tenants)
    calendars: dict[str, dict[str, list[CalendarVersion]]] = {}
    for (tenant, id), versions in (await Calendars(session).versions(tenants)).items():
        calendars.setdefault(tenant, {})[id] = versions
    return {tenant: Book(sets.get(tenant, ()), calendars.get(tenant, {})) for tenant in tenants}
