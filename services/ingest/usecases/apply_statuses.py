"""What providers say of messages of ours becomes what is known of deliveries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.ingest.domain.deliveries import LONGEST_REASON
from services.ingest.metric_names import STATUSES
from services.ingest.repository import Conversations
from services.ingest.repository.delivery_statuses import (
    Progress,
    ToldStatus,
    advance,
    claim_statuses,
    delete_statuses,
    deliveries_meant,
    put_off_statuses,
)
from services.ingest.usecases.announce_delivery import announce_delivery, announce_read
from shared.messaging.outbox import Outbox
from shared.storage import Session

_MOST_TRIES = 10
"""Looks for a delivery, 1 s after the first and twice as long each time: 17 minutes in all."""


async def apply_statuses(session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
    """Applies due statuses; returns how many there were.

    One whose delivery is not known yet is looked at again: it may come before the outcome of the
    sending is stored. In the end it is of a message that somebody else has sent.
    """
    told = await claim_statuses(session, now, limit)
    meant = await deliveries_meant(session, told)
    progress = [
        Progress(delivery, one.kind, one.at, one.reason)
        for one, found in zip(told, meant, strict=True)
        for delivery in found
    ]
    keys = {(one.delivery.tenant, one.delivery.conversation_id) for one in progress}
    await Conversations(session).lock(keys)
    for kind in ("delivered", "read", "failed"):
        await _advance(session, outbox, kind, [one for one in progress if one.kind == kind], now)
    await _put_away(session, told, [bool(found) for found in meant], now)
    return len(told)


async def _advance(
    session: Session, outbox: Outbox, kind: str, progress: Sequence[Progress], now: datetime
) -> None:
    changed = await advance(session, kind, progress)
    for one in progress:
        if one.delivery.request_id not in changed:
            continue
        changed.discard(one.delivery.request_id)
        if kind == "read":
            announce_read(outbox, one.delivery, min(one.at, now))
        elif kind == "failed":
            reason = (one.reason or "the provider says so")[:LONGEST_REASON]
            failed = replace(one.delivery, state="failed", reason=reason)
            announce_delivery(outbox, failed, None, now)


async def _put_away(
    session: Session, told: Sequence[ToldStatus], found: Sequence[bool], now: datetime
) -> None:
    """Applied ones go; others wait, a watermark (which may mean nothing of ours) does not."""
    done, later = [], []
    for one, is_known in zip(told, found, strict=True):
        if is_known or one.provider_id is None or one.tries >= _MOST_TRIES:
            known = is_known or one.provider_id is None
            STATUSES.labels(one.kind, "applied" if known else "unknown").inc()
            done.append(one)
        else:
            later.append((one, now + timedelta(seconds=2**one.tries)))
    await delete_statuses(session, done)
    await put_off_statuses(session, later)
