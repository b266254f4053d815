"""What is known of customers changed: another plan may promise them something else."""

from collections.abc import Sequence
from datetime import datetime

from services.sla.domain.book import CustomerVersion
from services.sla.domain.history import customer_key
from services.sla.repository.customers import CustomerKey, customer_plans, save_plans
from shared.contracts.customers import CustomerChanged
from shared.messaging import Outbox, Received
from shared.storage import Session


async def know_customers(
    session: Session, _outbox: Outbox, received: Sequence[Received[CustomerChanged]], _now: datetime
) -> None:
    """Keeps each change of plan or value; a state that says nothing new is skipped."""
    told: dict[tuple[CustomerKey, datetime], CustomerVersion] = {}
    for event in received:
        data = event.data
        if data.customer_id is None:
            continue
        version = CustomerVersion(data.changed_at, data.plan, data.value)
        for identity in data.identities:
            if key := customer_key(identity.value):
                told[(event.tenant, key), data.changed_at] = version
    known = await customer_plans(session, {key for key, _ in told})
    new: dict[CustomerKey, list[CustomerVersion]] = {}
    for (customer, _), version in sorted(told.items(), key=lambda each: each[0][1]):
        earlier = (*known.get(customer, ()), *new.get(customer, ()))
        if _is_new(earlier, version):
            new.setdefault(customer, []).append(version)
    if new:
        await save_plans(session, new)


def _is_new(known: Sequence[CustomerVersion], told: CustomerVersion) -> bool:
    """Whether it differs from what held before it; of two of one instant the later told counts."""
    before = sorted((one for one in known if one.since <= told.since), key=lambda one: one.since)
    if not before:
        return told.plan is not None or told.value is not None
    return (before[-1].plan, before[-1].value) != (told.plan, told.value)
