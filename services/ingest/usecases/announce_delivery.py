"""What became of a delivery, as the event that the requester waits for."""

from datetime import datetime

from services.ingest.domain.deliveries import LONGEST_REASON, Delivery, State
from shared.contracts.deliveries import (
    DeliveryEvent,
    DeliveryFailed,
    DeliveryNotConfirmed,
    DeliveryRead,
    DeliverySent,
)
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox

_EVENTS: dict[State, type[DeliveryEvent]] = {
    "sent": DeliverySent,
    "failed": DeliveryFailed,
    "not-confirmed": DeliveryNotConfirmed,
}


def announce_delivery(
    outbox: Outbox, delivery: Delivery, header_id: str | None, now: datetime
) -> None:
    """Announces a settled delivery. The caller holds the conversation's row, if it has one."""
    _announce(outbox, _EVENTS[delivery.state], delivery, header_id, now)


def announce_read(outbox: Outbox, delivery: Delivery, at: datetime) -> None:
    """Announces that the customer has seen it; the caller holds the conversation's row."""
    _announce(outbox, DeliveryRead, delivery, None, at)


def _announce(
    outbox: Outbox,
    event: type[DeliveryEvent],
    delivery: Delivery,
    header_id: str | None,
    at: datetime,
) -> None:
    reason = (delivery.reason or "")[:LONGEST_REASON] or None
    payload = event(
        request_id=delivery.request_id, conversation_id=delivery.conversation_id,
        ticket_id=delivery.ticket_id, kind=delivery.kind, channel=delivery.channel,
        recipient=delivery.recipient, at=at, message_id_header=header_id, reason=reason,
        attempts=delivery.attempts,
    )  # fmt: skip
    outbox.add(
        payload,
        tenant=delivery.tenant,
        key=str(delivery.conversation_id),
        subject=str(delivery.request_id),
        cause=Cause(delivery.cause_id, delivery.cause_hops, delivery.cause_traceparent),
    )
