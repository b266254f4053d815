"""A delivery is sent once more, or not at all, because somebody says so."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.ingest.domain.deliveries import Delivery, State
from services.ingest.repository import Conversations, Messages
from services.ingest.repository.queue import lock_delivery, requeue_delivery
from services.ingest.usecases.announce_delivery import announce_delivery
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox
from shared.storage import Session


class WrongState(Exception):
    """The delivery's state does not allow it."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.state = state


class NothingToSend(Exception):
    """The request failed before there was a message: no account, or nobody to send to."""


async def resend(
    session: Session, tenant: str, request_id: UUID, cause: Cause, now: datetime
) -> Delivery | None:
    """Queues a failed or unconfirmed delivery again, under the same Message-ID; None: unknown.

    Its end is announced once more, caused by this command. Raises WrongState or NothingToSend.
    """
    delivery = await lock_delivery(session, tenant, request_id)
    if delivery is None:
        return None
    if delivery.state not in ("failed", "not-confirmed"):
        raise WrongState(delivery.state)
    if not delivery.account or await Messages(session).find(tenant, request_id) is None:
        raise NothingToSend
    again = replace(
        delivery, state="queued", attempts=0, unconfirmed=0, reason=None, queued_at=now,
        due_at=now, cause_id=cause.id, cause_hops=cause.hops, cause_traceparent=cause.traceparent,
    )  # fmt: skip
    await requeue_delivery(session, again, None)
    return again


async def cancel(
    session: Session, outbox: Outbox, tenant: str, request_id: UUID, now: datetime, *, by: str
) -> Delivery | None:
    """Ends a queued delivery, and announces it as failed; None: unknown. Raises WrongState.

    One of which an attempt stayed without an answer may have arrived: it ends as not confirmed.
    """
    known = await lock_delivery(session, tenant, request_id, wait=False)
    if known is None:
        return None
    # Conversations are locked before deliveries, as where outcomes are stored.
    await Conversations(session).lock({(tenant, known.conversation_id)})
    delivery = await lock_delivery(session, tenant, request_id)
    if delivery is None or delivery.state != "queued":
        raise WrongState(delivery.state if delivery else known.state)
    state: State = "not-confirmed" if delivery.unconfirmed else "failed"
    ended = replace(delivery, state=state, reason=f"cancelled by {by}")
    await requeue_delivery(session, ended, now)
    message = await Messages(session).find(tenant, request_id)
    announce_delivery(outbox, ended, message.header_id if message else None, now)
    return ended
