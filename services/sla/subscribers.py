"""Topics in, use cases called."""

from services.sla.usecases.follow_tickets import READS, follow_tickets
from shared.messaging import Consumer


def consumers() -> list[Consumer]:
    """What this service listens to beside the tenants and agents that every service knows."""
    return [
        Consumer("support.sla.tickets", ("support.tickets.v1",), READS, follow_tickets, pace=0.05)
    ]
