"""What metrics reads and what it does by the clock. Nothing here decides anything."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.metrics.repository.announcements import next_announcement
from services.metrics.settings import MetricsSettings
from services.metrics.usecases.announcing import announce_changes
from services.metrics.usecases.counting import count_tickets
from services.metrics.usecases.keeping import sweep
from services.metrics.usecases.restating import restore_figures
from shared.contracts.metrics import MetricUpdated
from shared.contracts.tickets import (
    TicketAssigned,
    TicketOpened,
    TicketReopened,
    TicketReplied,
    TicketStatusChanged,
    TicketUnassigned,
)
from shared.messaging import Consumer, Outbox, Received, Timer
from shared.storage import ReadSession, Session

COUNTED = (
    TicketOpened,
    TicketAssigned,
    TicketUnassigned,
    TicketReplied,
    TicketStatusChanged,
    TicketReopened,
)
"""The events that change what a KPI counts. Customers' messages, notes and failed replies never
change a ticket's status, channel, team or priority: they are skipped unread."""


def consumers(settings: MetricsSettings) -> list[Consumer]:
    """Ticket events, and the figures that metrics announced itself."""
    kept = settings.retention

    async def on_tickets(
        session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
    ) -> None:
        await count_tickets(session, received, now, kept)

    async def on_metrics(
        session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
    ) -> None:
        await restore_figures(session, outbox, received)

    return [
        Consumer(
            "support.metrics.tickets", ("support.tickets.v1",), COUNTED, on_tickets, pace=0.4,
        ),
        Consumer(
            "support.metrics.metrics", ("support.metrics.v1",), (MetricUpdated,), on_metrics,
            compacted=True, pace=0.5,
        ),
    ]  # fmt: skip


def timers(settings: MetricsSettings) -> list[Timer]:
    """Announcing what changed, and giving up what is old."""
    pause, kept = timedelta(seconds=settings.announce_pause), settings.retention

    async def announce(session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
        return await announce_changes(session, outbox, now, pause, limit)

    async def next_turn(session: ReadSession) -> datetime | None:
        return await next_announcement(session, pause)

    async def give_up(session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
        return await sweep(session, now, kept, limit)

    async def no_hurry(session: ReadSession) -> None:
        return None

    return [
        Timer("metrics.announce", announce, next_turn, limit=100),
        Timer("metrics.sweep", give_up, no_hurry, limit=5000),
    ]
