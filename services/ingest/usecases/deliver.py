"""Deliveries on their way: leased to one sender, and settled by what came of the attempt."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.ingest.domain.accounts import Account
from services.ingest.domain.deliveries import (
    SETTLED,
    Delivery,
    Leased,
    Outcome,
    Patience,
    Verdict,
    judge,
)
from services.ingest.domain.rates import grant
from services.ingest.metric_names import DELIVERIES
from services.ingest.repository import Accounts, Conversations, Messages
from services.ingest.repository.deliveries import (
    put_back,
    renew_leases,
    settle_deliveries,
)
from services.ingest.repository.leasing import lease_deliveries
from services.ingest.repository.rates import lock_rates, save_rates
from services.ingest.usecases.announce_delivery import announce_delivery
from shared.messaging.outbox import Outbox
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver, and what came of it."""

    leased: Leased
    outcome: Outcome


async def lease(
    session: Session,
    holder: UUID,
    now: datetime,
    length: timedelta,
    limit: int,
    *,
    busy: Collection[tuple[str, str]] = (),
) -> list[Leased]:
    """Up to `limit` due deliveries for this holder, at most one of each conversation, in order.

    busy: (tenant, account) of which this holder has enough. What is beyond its account's rate is
    put off, and not among the result.
    """
    deliveries = await lease_deliveries(session, holder, now, now + length, limit, busy=busy)
    if not deliveries:
        return []
    accounts = await Accounts(session).of_tenants({one.tenant for one in deliveries})
    allowed = await _within_rates(session, deliveries, accounts, now)
    keys = [(delivery.tenant, delivery.request_id) for delivery in allowed]
    messages = {(one.tenant, one.id): one for one in await Messages(session).get(keys)}
    return [
        Leased(delivery, messages[key], accounts.get((delivery.tenant, delivery.account)))
        for delivery, key in zip(allowed, keys, strict=True)
        # Without its words nothing can be sent; erasing a message cancels what was queued of it.
        if key in messages
    ]


async def renew(
    session: Session, held: Sequence[Leased], now: datetime, length: timedelta
) -> set[UUID]:
    """Makes leases last `length` from now; returns the request ids that are still the holder's."""
    return await renew_leases(session, [one.delivery for one in held], now + length)


async def _within_rates(
    session: Session,
    deliveries: Sequence[Delivery],
    accounts: Mapping[tuple[str, str], Account],
    now: datetime,
) -> list[Delivery]:
    """Those that may go now by the rates of their accounts; the others are put off."""
    limited: dict[tuple[str, str], list[Delivery]] = {}
    for delivery in sorted(deliveries, key=lambda one: one.queued_at):
        key = delivery.tenant, delivery.account
        if key in accounts and _rate(accounts[key]):
            limited.setdefault(key, []).append(delivery)
    if not limited:
        return list(deliveries)
    free_at = await lock_rates(session, limited, now)
    later: dict[Delivery, datetime] = {}
    for key, wanting in limited.items():
        granted = grant(len(wanting), _rate(accounts[key]), free_at.get(key), now)
        free_at[key] = granted.free_at
        later |= dict(zip(wanting[granted.count :], granted.later, strict=True))
    await save_rates(session, free_at)
    if later:
        await put_back(session, later)
    return [delivery for delivery in deliveries if delivery not in later]


def _rate(account: Account) -> int:
    """Messages a minute, 0 where there is no limit."""
    return int(account.settings.get("rate_per_minute") or 0)


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
