"""What became of a delivery, as the event that the requester waits for."""

from datetime import datetime

from services.ingest.domain.deliveries import LONGEST_REASON, Delivery, State
from shared.contracts.deliveries import (
    DeliveryEvent,
    DeliveryFailed,
    DeliveryNotConfirmed,
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
    reason = (delivery.reason or "")[:LONGEST_REASON] or None
    payload = _EVENTS[delivery.state](
        request_id=delivery.request_id, conversation_id=delivery.conversation_id,
        ticket_id=delivery.ticket_id, kind=delivery.kind, channel=delivery.channel,
        recipient=delivery.recipient, at=now, message_id_header=header_id, reason=reason,
        attempts=delivery.attempts,
    )  # fmt: skip
    outbox.add(
        payload,
        tenant=delivery.tenant,
        key=str(delivery.conversation_id),
        subject=str(delivery.request_id),
        cause=Cause(delivery.cause_id, delivery.cause_hops, delivery.cause_traceparent),
    )
