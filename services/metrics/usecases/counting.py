"""Counting: ticket events become facts, and facts become counts by window."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from services.metrics.domain import tickets
from services.metrics.domain.counting import Changes
from services.metrics.domain.tickets import NONE, Observation, Place, Step
from services.metrics.repository.cells import Cells
from services.metrics.repository.facts import Facts, TicketKey
from services.metrics.usecases.keeping import Retention
from shared.contracts.tickets import TicketEvent, TicketReplied
from shared.messaging import Received
from shared.storage import Session

_SOLVED = frozenset({"solved", "closed"})


async def count_tickets(
    session: Session, received: Sequence[Received[TicketEvent]], now: datetime, kept: Retention
) -> None:
    """Fold ticket events into their tickets' facts, and move what the tickets count for."""
    observed: dict[TicketKey, list[Observation]] = defaultdict(list)
    traces: dict[TicketKey, str | None] = {}
    for event in received:
        key = event.tenant, event.data.ticket.id
        observed[key].append(_observation(event))
        traces[key] = event.event.traceparent
    before = await Facts(session).lock(observed)
    after = {key: tickets.fold(before.get(key), seen) for key, seen in observed.items()}
    changes = Changes()
    for key, fact in after.items():
        changes.move(key[0], before.get(key), fact, traces[key])
    await Facts(session).save(after, before, now)
    await Cells(session).add(changes.rolled_up(kept.windows_since(now)))


def _observation(event: Received[TicketEvent]) -> Observation:
    happened, ticket = event.data, event.data.ticket
    place = Place(ticket.channel, ticket.team or NONE, ticket.priority)
    answered = (
        isinstance(happened, TicketReplied)
        and happened.by == "agent"
        and happened.public
        and not happened.automatic
    )
    return Observation(
        Step(event.sequence, happened.at, ticket.status not in _SOLVED, place),
        ticket.opened_at,
        ticket.resolved_at,
        happened.at if answered else None,
    )
