"""Lives of tickets as router announces them, and what a company has promised for them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from services.sla.domain.policy import Kind, Policy
from services.sla.usecases.save_calendar import lock_calendar, save_calendar
from services.sla.usecases.save_policy import lock_policy, save_policy
from shared.contracts.envelope import Event
from shared.contracts.payload import Party
from shared.contracts.tickets import (
    Ticket,
    TicketAssigned,
    TicketCustomerWrote,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketReplied,
    TicketStatusChanged,
)
from shared.messaging import UnitOfWork, new_id, sequence

TENANT: Final = "bench"
TURN: Final = timedelta(minutes=7)
SIDE_BY_SIDE: Final = 100
OFFICE: Final = {
    "zone": "Europe/Berlin",
    "hours": {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": {"country": "DE", "subdivision": "BE"},
}
_SOLVED = (
    (TicketOpened, "new"), (TicketAssigned, "new"), (TicketReplied, "open"),
    (TicketCustomerWrote, "open"), (TicketReplied, "open"), (TicketStatusChanged, "solved"),
)  # fmt: skip
_REOPENED = (
    (TicketOpened, "new"), (TicketAssigned, "new"), (TicketReplied, "open"),
    (TicketStatusChanged, "solved"), (TicketReopened, "open"), (TicketReplied, "open"),
)  # fmt: skip
EVENTS: Final = len(_SOLVED)
"""Events in the life of one ticket."""
_PRIORITIES = ("normal", "normal", "normal", "high", "low", "urgent")


def policies(faster: int = 1) -> Sequence[Policy]:
    """Three policies, two of them in office hours; `faster` divides their targets."""

    def targets(first: int, resolution: int) -> dict[str, dict[Kind, int]]:
        factors = {"urgent": 1, "high": 2, "normal": 4, "low": 8}
        return {
            priority: {
                Kind.FIRST_RESPONSE: first * factor // faster,
                Kind.NEXT_RESPONSE: 2 * first * factor // faster,
                Kind.RESOLUTION: resolution * factor // faster,
            }
            for priority, factor in factors.items()
        }

    return (
        Policy("vip", "VIP", 0, '"vip" in ticket.tags', targets=targets(15, 240)),
        Policy("chat", "Chat", 1, 'channel.kind == "chat"', "office", targets(5, 480)),
        Policy("standard", "Standard", 2, None, "office", targets(60, 960)),
    )


async def promise(unit: UnitOfWork, since: datetime) -> None:
    """Saves the calendar and the policies as if they had held from `since` on."""
    async with unit.begin() as (session, _, _now):
        calendar = await lock_calendar(session, TENANT, "office")
        await save_calendar(session, TENANT, calendar, OFFICE, since)
        before = await lock_policy(session, TENANT)
        await save_policy(session, TENANT, before, before.followed_by(policies(), since))


def lives(count: int, opened: datetime, *, every: int = 5) -> Iterator[Event[Any]]:
    """Events of `count` tickets, a hundred side by side, each TURN after the one before.

    every: of so many tickets one is reopened and stays open, the others end solved. The tickets of
    a block are opened at `opened` and a second apart.
    """
    for block in range(0, count, SIDE_BY_SIDE):
        numbers = range(block, min(block + SIDE_BY_SIDE, count))
        ids = {number: new_id() for number in numbers}
        for turn in range(EVENTS):
            for number in numbers:
                at = opened + timedelta(seconds=number - block)
                yield _event(ids[number], number, turn, at, reopened=number % every == 0)


def _event(id: UUID, number: int, turn: int, opened: datetime, *, reopened: bool) -> Event[Any]:
    kind, status = (_REOPENED if reopened else _SOLVED)[turn]
    at = opened + turn * TURN
    ticket = _ticket(id, number, turn, status, opened)
    data = kind(ticket=ticket, at=at, **_said(kind, ticket, at))
    return Event(
        id=str(new_id()), type=kind.TYPE, source="/deskstream/router", subject=str(id), time=at,
        tenant=TENANT, data=data, sequence=sequence(turn + 1, 1), partitionkey=str(id),
    )  # fmt: skip


def _ticket(id: UUID, number: int, turn: int, status: str, opened: datetime) -> Ticket:
    at = opened + turn * TURN
    return Ticket(
        id=id, number=number + 1, version=turn + 1, conversation_ids=(id,),
        subject="The report for last month does not open", category="reports", status=status,
        priority=_PRIORITIES[number % len(_PRIORITIES)], team="support",
        assignee=_agent(number) if turn else None,
        tags=("report", "vip") if number % 10 == 0 else ("report",), language="en",
        channel="chat" if number % 4 == 0 else "email",
        customer=Party(name=f"Customer {number}", address=f"customer{number}@customers.example"),
        opened_at=opened, assigned_at=opened + TURN if turn else None,
        first_replied_at=opened + 2 * TURN if turn > 1 else None,
        last_customer_message_at=opened, resolved_at=at if status == "solved" else None,
        updated_at=at, message_count=1,
    )  # fmt: skip


def _said(kind: type[TicketEvent], ticket: Ticket, at: datetime) -> dict[str, Any]:
    """What the events have beside the ticket."""
    if kind is TicketOpened:
        text = "The report for last month does not open, and the page stays empty. " * 5
        return {"by": "customer", "message_id": new_id(), "message_at": at, "text": text}
    if kind is TicketAssigned:
        return {"agent_id": ticket.assignee, "team": ticket.team, "reason": "least loaded of 12"}
    if kind is TicketReplied:
        return {"by": "agent", "by_agent": ticket.assignee, "message_ref": new_id()}
    if kind is TicketCustomerWrote:
        return {"by": "customer", "conversation_id": ticket.id, "message_id": new_id(),
                "message_at": at}  # fmt: skip
    if kind is TicketReopened:
        return {"by": "customer", "from_status": "solved", "resolved_at": at - TURN}
    return {"by": "agent", "from_status": "open", "to_status": ticket.status}


def _agent(number: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"agent-{number % 40}")


def an_hour_ago() -> datetime:
    """Lives that began then have ended by now, and none of their promises is late."""
    return datetime.now(UTC) - timedelta(hours=1)
