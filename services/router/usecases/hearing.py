"""What the other services say about tickets: deliveries, clocks and suggested articles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.router.domain.entries import Delivery, Outcome
from services.router.domain.lifecycle import fail_reply
from services.router.domain.promises import Clock, ClockState, Suggestion
from services.router.repository.entries import Entries
from services.router.repository.heard import Heard
from services.router.repository.tickets import Tickets
from services.router.usecases.acknowledging import promise
from services.router.usecases.announcing import announce
from shared.contracts import deliveries, sla
from shared.contracts.suggestions import ArticlesSuggested
from shared.messaging import Outbox, Received
from shared.storage import Session

_OUTCOMES: Final[dict[type[deliveries.DeliveryEvent], Outcome]] = {
    deliveries.DeliverySent: "sent",
    deliveries.DeliveryFailed: "failed",
    deliveries.DeliveryNotConfirmed: "not-confirmed",
    deliveries.DeliveryBounced: "failed",
}
_WITHOUT_REASON: Final[dict[Outcome, str]] = {
    "failed": "the channel refused it",
    "not-confirmed": "nobody can say whether it arrived",
}
_STATES: Final[dict[type[sla.ClockEvent], ClockState]] = {
    sla.ClockStarted: "running",
    sla.ClockRetargeted: "running",
    sla.ClockPaused: "paused",
    sla.ClockResumed: "running",
    sla.ClockDueSoon: "due-soon",
    sla.ClockBreached: "breached",
    sla.ClockBreachWithdrawn: "running",
    sla.ClockMet: "met",
    sla.ClockCancelled: "cancelled",
}


async def hear_deliveries(
    session: Session, outbox: Outbox, received: Sequence[Received[deliveries.DeliveryEvent]],
    now: datetime,
) -> None:  # fmt: skip
    """What became of answers: noted at their entries; a failed answer is announced.

    One that bounced has failed if its address will never work; else it may still arrive.
    """
    ours = {
        event.data.request_id: event
        for event in received
        if event.data.ticket_id and not _is_soft(event.data)
    }
    if not ours:
        return
    known = [
        _delivery(event, event.data.ticket_id) for event in ours.values() if event.data.ticket_id
    ]
    failed = [delivery for delivery in known if delivery.delivery != "sent"]
    tickets = await Tickets(session).lock([(item.tenant, item.ticket_id) for item in failed])
    kinds = await Entries(session).settle(known)
    changed = {}
    for item in failed:
        if kinds.get(item.reference) == "reply":
            ticket = changed[item.ticket_id] = tickets[item.ticket_id]
            reason = item.delivery_reason or _WITHOUT_REASON[item.delivery]
            change = fail_reply(ticket, item.reference, reason, item.delivered_at, now)
            announce(outbox, change, ours[item.reference].cause)
    await Tickets(session).save(changed.values())


async def hear_clocks(
    session: Session, outbox: Outbox, received: Sequence[Received[sla.ClockEvent]], now: datetime
) -> None:
    """Clocks: the first promise is passed on to the customer, all are kept for who looks."""
    started = [
        event
        for event in received
        if isinstance(event.data, sla.ClockStarted) and event.data.kind == "first-response"
    ]
    await promise(session, outbox, started, now)
    latest: dict[tuple[UUID, str, int], Clock] = {}
    for clock in map(_clock, received):
        key = (clock.ticket_id, clock.kind, clock.generation)
        if key not in latest or latest[key].sequence <= clock.sequence:
            latest[key] = clock
    await Heard(session).keep_clocks(latest.values())


async def hear_suggestions(
    session: Session, outbox: Outbox, received: Sequence[Received[ArticlesSuggested]],
    now: datetime,
) -> None:  # fmt: skip
    """Suggested articles: the latest for each ticket are kept."""
    latest = {event.data.ticket_id: event for event in received}
    await Heard(session).keep_suggestions(
        [
            Suggestion(
                event.tenant, ticket_id, event.data.at,
                [article.model_dump(mode="json") for article in event.data.articles],
            )
            for ticket_id, event in latest.items()
        ]
    )  # fmt: skip


def _is_soft(data: deliveries.DeliveryEvent) -> bool:
    return isinstance(data, deliveries.DeliveryBounced) and not data.hard


def _delivery(event: Received[deliveries.DeliveryEvent], ticket_id: UUID) -> Delivery:
    data = event.data
    reason = data.reason
    if isinstance(data, deliveries.DeliveryBounced):
        reason = f"bounced: {data.reason or 'other'}" + (f" ({data.status})" if data.status else "")
    return Delivery(
        event.tenant, ticket_id, data.request_id, _OUTCOMES[type(data)], data.at, reason
    )


def _clock(event: Received[sla.ClockEvent]) -> Clock:
    data = event.data
    met = data.met_at if isinstance(data, sla.ClockMet) else None
    return Clock(
        event.tenant, data.ticket_id, data.kind, data.generation, event.sequence,
        _STATES[type(data)], data.policy, data.target_seconds, data.started_at, data.due_at, met,
    )  # fmt: skip
