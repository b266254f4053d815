"""Events as router receives them."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from shared.contracts.deliveries import DeliveryEvent
from shared.contracts.envelope import Event, Payload
from shared.contracts.messages import MessageReceived
from shared.contracts.payload import Party
from shared.contracts.sla import ClockEvent
from shared.messaging import Received, derived_id, sequence

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_ROOT = UUID(int=0x0192F1B5 << 96)
_numbers = count(1)


def conversation(name: str | int, tenant: str = "demo") -> UUID:
    """The id of a conversation."""
    return derived_id(_ROOT, f"{tenant}/conversation", str(name))


def received(
    data: Payload, key: object, tenant: str = "demo", order: int = 1, **more: Any
) -> Received[Any]:
    """An event with an id of its own."""
    uid = derived_id(_ROOT, "event", next(_numbers))
    event: Event[Payload] = Event(
        id=str(uid), type=data.TYPE, source="/deskstream/test", subject=str(key), time=START,
        tenant=tenant, data=data, sequence=sequence(order, 1), partitionkey=str(key), **more,
    )  # fmt: skip
    return Received(uid, event, data, START)


def message(
    name: str | int = 1, tenant: str = "demo", minute: float = 0, **fields: Any
) -> Received[MessageReceived]:
    """A customer's message in a conversation, received some minutes after START."""
    at = START + timedelta(minutes=minute)
    values = {
        "message_id": derived_id(_ROOT, "message", next(_numbers)),
        "conversation_id": conversation(name, tenant),
        "channel": "email",
        "account": "mail-demo",
        "sender": Party(name="Ana", address=f"ana-{name}@customer.example"),
        "subject": f"Question {name}",
        "text": "I cannot log in.",
        "received_at": at,
    }
    data = MessageReceived(**(values | fields))
    return received(data, data.conversation_id, tenant)


def clock(
    type_: type[ClockEvent], ticket_id: UUID, tenant: str = "demo", order: int = 1, **fields: Any
) -> Received[ClockEvent]:
    """A clock of a ticket: a first response within one hour of START unless told otherwise."""
    values = {
        "clock_id": derived_id(ticket_id, "clock"),
        "ticket_id": ticket_id,
        "kind": "first-response",
        "policy": "Standard",
        "target_seconds": 3600,
        "started_at": START,
        "due_at": START + timedelta(hours=1),
        "generation": sequence(1, 1),
        "at": START,
    }
    return received(type_(**(values | fields)), ticket_id, tenant, order)


def delivery(
    type_: type[DeliveryEvent], asked: dict[str, Any], tenant: str = "demo", **fields: Any
) -> Received[DeliveryEvent]:
    """What became of an outgoing.requested, given as its announced data."""
    values = {
        "request_id": asked["request_id"],
        "conversation_id": asked["conversation_id"],
        "ticket_id": asked["ticket_id"],
        "kind": asked["kind"],
        "channel": "email",
        "at": START + timedelta(minutes=5),
    }
    return received(type_(**(values | fields)), asked["conversation_id"], tenant)
