"""Every SQL statement of this service."""

from services.sla.repository.due import claim, move, next_due
from services.sla.repository.policies import Policies
from services.sla.repository.tickets import TicketKey, Tickets, find

__all__ = ["Policies", "TicketKey", "Tickets", "claim", "find", "move", "next_due"]
