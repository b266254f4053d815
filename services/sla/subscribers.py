"""Topics in, use cases called."""

from services.sla.usecases.follow_tickets import READS, follow_tickets
from services.sla.usecases.know_customers import know_customers
from shared.contracts.customers import CustomerChanged
from shared.messaging import Consumer


def consumers() -> list[Consumer]:
    """What this service listens to beside the tenants and agents that every service knows."""
    return [
        Consumer("support.sla.tickets", ("support.tickets.v1",), READS, follow_tickets, pace=0.2),
        Consumer(
            "support.sla.customers", ("support.customers.v1",), (CustomerChanged,),
            know_customers, compacted=True, pace=0.2,
        ),
    ]  # fmt: skip
