"""What is known of customers: plan and value, from when on."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import DateTime, Float, Text, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.sla.domain.book import CustomerVersion
from services.sla.repository.rows import lists
from services.sla.repository.tickets import TicketKey
from services.sla.tables import customer_plan, ticket
from shared.storage import ReadSession, Session, unnest

CustomerKey = tuple[str, str]
"""Tenant, and the hash of an address."""

_asked = unnest("given", tenant=Text, customer=Text)
_PLANS = (
    select(customer_plan)
    .join_from(
        _asked, customer_plan,
        (customer_plan.c.tenant == _asked.c.tenant)
        & (customer_plan.c.customer == _asked.c.customer),
    )
    .order_by(customer_plan.c.since)
)  # fmt: skip
_given = unnest(
    "given", tenant=Text, customer=Text, since=DateTime(timezone=True), plan=Text, value=Float
)
_put = insert(customer_plan).from_select(
    _given.c.keys(), select(*_given.c).order_by(*list(_given.c)[:3])
)
_SAVE = _put.on_conflict_do_update(
    index_elements=["tenant", "customer", "since"],
    set_={"plan": _put.excluded.plan, "value": _put.excluded.value},
)
_TICKETS = text(
    "SELECT DISTINCT tenant, ticket_id FROM ticket_step WHERE what IN ('asked', 'opened') "
    "AND (tenant, facts->>'customer') IN "
    "(SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:customers AS text[])))"
)
# Version -1 is older than any set: the timer that looks for what was published folds them anew.
_OUTDATE = text(
    "UPDATE clock SET set_version = -1 WHERE outcome = 'running' AND (tenant, ticket_id) IN "
    "(SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:tickets AS uuid[])))"
)
_OUTDATE_WAITING = text(
    "UPDATE ticket SET checked_set = -1 WHERE checked_set IS NOT NULL AND (tenant, ticket_id) IN "
    "(SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:tickets AS uuid[])))"
)


async def customer_plans(
    session: ReadSession, keys: Collection[CustomerKey]
) -> Mapping[CustomerKey, list[CustomerVersion]]:
    """All that was known of the customers, each in rising order."""
    found: dict[CustomerKey, list[CustomerVersion]] = {}
    if keys:
        asked = {"tenant": [tenant for tenant, _ in keys], "customer": [key for _, key in keys]}
        for row in await session.execute(_PLANS, asked):
            version = CustomerVersion(row.since, row.plan, row.value)
            found.setdefault((row.tenant, row.customer), []).append(version)
    return found


async def save_plans(
    session: Session, told: Mapping[CustomerKey, Sequence[CustomerVersion]]
) -> None:
    """Stores what is new of customers; tickets of theirs that are owed something are checked anew.

    told: of each customer any number of versions, of different instants.
    """
    rows = [
        (*key, one.since, one.plan, one.value) for key, versions in told.items() for one in versions
    ]
    await session.execute(_SAVE, lists(_given.c.keys(), rows))
    tenants, customers = [key[0] for key in told], [key[1] for key in told]
    found = await session.execute(_TICKETS, {"tenants": tenants, "customers": customers})
    tickets: list[TicketKey] = sorted((tenant, id) for tenant, id in found)
    if tickets:
        await session.execute(
            select(ticket.c.version)
            .where(tuple_(ticket.c.tenant, ticket.c.ticket_id).in_(tickets))
            .order_by(ticket.c.tenant, ticket.c.ticket_id)
            .with_for_update()
        )
        ids = {"tenants": [one for one, _ in tickets], "tickets": [id for _, id in tickets]}
        await session.execute(_OUTDATE, ids)
        await session.execute(_OUTDATE_WAITING, ids)
