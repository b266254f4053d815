"""Deliveries on their way: leased to one sender, and settled by what came of the attempt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.ingest.domain.deliveries import (
    SETTLED,
    Leased,
    Outcome,
    Patience,
    Verdict,
    judge,
)
from services.ingest.metric_names import DELIVERIES
from services.ingest.repository import Accounts, Conversations, Messages
from services.ingest.repository.deliveries import lease_deliveries, settle_deliveries
from services.ingest.usecases.announce_delivery import announce_delivery
from shared.messaging.outbox import Outbox
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver, and what came of it."""

    leased: Leased
    outcome: Outcome


async def lease(
    session: Session, holder: UUID, now: datetime, length: timedelta, limit: int
) -> list[Leased]:
    """Up to `limit` due deliveries for this holder, at most one of each conversation, in order."""
    deliveries = await lease_deliveries(session, holder, now, now + length, limit)
    keys = [(delivery.tenant, delivery.request_id) for delivery in deliveries]
    messages = {(one.tenant, one.id): one for one in await Messages(session).get(keys)}
    accounts = await Accounts(session).of_tenants({tenant for tenant, _ in keys}) if keys else {}
    return [
        Leased(delivery, messages[key], accounts.get((delivery.tenant, delivery.account)))
        for delivery, key in zip(deliveries, keys, strict=True)
    ]


async def settle(
    session: Session,
    outbox: Outbox,
    attempts: Sequence[Attempt],
    now: datetime,
    *,
    patience: Patience,
) -> list[bool]:
    """Stores what came of attempts and announces what is settled by it.

    The result says for each attempt whether its lease was still its own; else another sender has
    taken the delivery over, and this outcome counts no more.
    """
    verdicts = [judge(one.leased.delivery, one.outcome, now, patience) for one in attempts]
    keys = {(one.delivery.tenant, one.delivery.conversation_id) for one in verdicts}
    await Conversations(session).lock(keys)
    stored = await settle_deliveries(session, verdicts, now)
    for attempt, verdict in zip(attempts, verdicts, strict=True):
        if verdict.delivery.request_id in stored:
            DELIVERIES.labels(verdict.state).inc()
            if verdict.state in SETTLED:
                _announce(outbox, attempt, verdict, now)
    return [verdict.delivery.request_id in stored for verdict in verdicts]


def _announce(outbox: Outbox, attempt: Attempt, verdict: Verdict, now: datetime) -> None:
    settled = replace(verdict.delivery, state=verdict.state, reason=verdict.reason)
    announce_delivery(outbox, settled, attempt.leased.message.header_id, now)
