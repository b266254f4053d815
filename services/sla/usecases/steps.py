"""Ticket events as steps of a ticket's history."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from services.sla.domain.history import SETTLED, Facts, Step, What, customer_key
from shared.contracts.tickets import (
    TicketCustomerWrote,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketReplied,
    TicketReplyFailed,
    TicketStatusChanged,
)

_Happened = list[tuple[What, datetime]]


def steps_of(data: TicketEvent, sequence: int) -> list[Step]:
    """What a ticket event means for clocks: at the least, how the ticket is after it."""
    facts, ref = facts_of(data), _ref(data)
    agent = _text(data.by_agent) if data.by_agent else None
    return [Step(sequence, what, at, facts, ref, data.by, agent) for what, at in _happened(data)]


# The same few agents, again and again.
_text = lru_cache(maxsize=4096)(str)


def facts_of(data: TicketEvent) -> Facts:
    """The ticket after the event, as far as promises depend on it."""
    ticket = data.ticket
    return Facts(
        status=ticket.status, priority=ticket.priority, team=ticket.team,
        assignee=_text(ticket.assignee) if ticket.assignee else None, tier=ticket.tier,
        category=ticket.category, tags=ticket.tags, language=ticket.language,
        channel=ticket.channel, customer=customer_key(ticket.customer.address),
    )  # fmt: skip


def _happened(data: TicketEvent) -> _Happened:
    match data:
        case TicketOpened():
            what = What.ASKED if data.by == "customer" else What.OPENED
        case TicketReplied():
            by_hand = data.by == "agent" and data.public and not data.automatic
            what = What.ANSWERED if by_hand else What.CHANGED
        case TicketReopened():
            return _reopened(data)
        case TicketStatusChanged():
            what = _status(data)
        case TicketCustomerWrote(automatic=False):
            # A robot waits for no answer; a person does from when the message was received.
            return [(What.WROTE, data.message_at)]
        case TicketReplyFailed():
            what = What.FAILED
        case _:
            what = What.CHANGED
    return [(what, data.at)]


def _reopened(data: TicketReopened) -> _Happened:
    # It says when the ticket had been solved: that counts even if the event of it is missing. The
    # same twice is harmless, a clock ends once.
    solved = [(What.SOLVED, data.resolved_at)] if data.resolved_at else []
    wrote = [(What.WROTE, data.at)] if data.message_id else []
    return [*solved, (What.REOPENED, data.at), *wrote]


def _status(data: TicketStatusChanged) -> What:
    before, after = data.from_status in SETTLED, data.to_status in SETTLED
    if before == after:
        return What.CHANGED
    return What.SOLVED if after else What.REOPENED


def _ref(data: TicketEvent) -> UUID | None:
    return data.message_ref if isinstance(data, TicketReplied | TicketReplyFailed) else None
