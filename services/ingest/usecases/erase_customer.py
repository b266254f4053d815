"""A customer is forgotten: identities at once, what was said conversation by conversation.

Of a message and of a raw mail the id and the hash stay, of an identity its hash: so that what was
forgotten is not taken in again, whoever hands it in.
"""

import logging
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.ingest.domain.customers import Key
from services.ingest.metric_names import ERASED
from services.ingest.repository.blob_removals import queue_removals
from services.ingest.repository.customers import Customers
from services.ingest.repository.erasure import (
    Part,
    find_parts,
    finished,
    forget_identities,
    led_by,
    mark_done,
    messages_of,
    next_erasure,
    queue_erasure,
    queue_parts,
    take_parts,
)
from services.ingest.repository.forgetting import forget_address, forget_messages, forget_spam
from services.ingest.usecases.announce_customer import Left, announce_erased
from services.ingest.usecases.merge_customers import Expects, UnknownCustomer, lock_roots
from shared.messaging.events import Cause, timer_cause
from shared.messaging.forget import forget_keys, forget_states, forget_values
from shared.messaging.outbox import Outbox
from shared.messaging.timers import Timer
from shared.storage import ReadSession, Session

log = logging.getLogger(__name__)

BLOB_REST = timedelta(hours=24)
"""How long after the last put a blob may go at the earliest (DESIGN §5)."""

_PAGE = 50
_TELLING = 5
_TOPIC = "support.customers.v1"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was asked for: the customers that are one, and until when nothing is left of them."""

    ids: tuple[UUID, ...]
    due_at: datetime


async def erase(
    session: Session,
    outbox: Outbox,
    key: Key,
    *,
    within: timedelta,
    cause: Cause,
    expects: Expects,
) -> Erasure:
    """Forgets who a customer is, announces it, and queues what was said for removal.

    All that was merged into it is forgotten too. Raises UnknownCustomer, also the second time.
    """
    head = (await lock_roots(session, [key])).get(key)
    if head is None or head.erased_at:
        raise UnknownCustomer
    expects(head.version)
    tenant, now = key[0], outbox.now
    whole = (await Customers(session).whole([head.key]))[head.key]
    ids = (head.id, *whole.aliases)
    await Customers(session).lock({(tenant, id) for id in ids})
    values = [one.lower() for one in await forget_identities(session, tenant, ids, now)]
    due_at = now + within
    await queue_erasure(session, tenant, ids, now, due_at)
    # A shorter one is in too much that is not the customer's.
    await forget_values(session, tenant, [one for one in values if len(one) >= _TELLING])
    await forget_keys(session, tenant, [str(id) for id in ids])
    await forget_states(session, _TOPIC, [str(id) for id in ids])
    held = await forget_spam(session, tenant, values)
    await forget_keys(session, tenant, held.record_keys)
    await queue_removals(session, held.blob_keys, now + BLOB_REST)
    await _queue(session, outbox, tenant, ids, values=values, cause=cause)
    log.info("erasure queued", extra={"tenant": tenant, "customers": [str(id) for id in ids]})
    return Erasure(ids, due_at)


async def _queue(
    session: Session,
    outbox: Outbox,
    tenant: str,
    ids: Collection[UUID],
    *,
    values: Collection[str],
    cause: Cause,
) -> None:
    found = await find_parts(session, tenant, ids, values)
    whole = [id for id, alone in found.items() if alone]
    shared = [id for id, alone in found.items() if not alone]
    led = await led_by(session, tenant, shared, values)
    await forget_address(session, tenant, shared, values)
    await queue_parts(
        session,
        [Part(tenant, id, customer, alone) for id, alone in found.items() for customer in ids],
    )
    messages = await messages_of(session, tenant, ids, shared)
    locked = await Customers(session).lock({(tenant, id) for id in ids})
    for position, one in enumerate(sorted(locked.values(), key=lambda it: it.id)):
        # Its parts are named once; every id that it was known by learns that it is gone.
        left = Left(whole, led, messages) if position == 0 else Left()
        announce_erased(outbox, one, left, at=outbox.now, cause=cause)


def erasures(grace: timedelta) -> Timer:
    """The timer that goes through the conversations of erased customers."""

    async def fire(session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
        return await forget_due(session, outbox, now, limit, grace=grace)

    async def next_due(session: ReadSession) -> datetime | None:
        return await next_erasure(session, grace)

    return Timer("erasures", fire, next_due, limit=_PAGE)


async def forget_due(
    session: Session, outbox: Outbox, now: datetime, limit: int, *, grace: timedelta
) -> int:
    """Forgets a page of conversations, and looks a last time where none is left."""
    parts = await take_parts(session, limit)
    by_tenant: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_tenant[part.tenant].append(part)
    for tenant, some in sorted(by_tenant.items()):
        traces = await forget_messages(session, tenant, some)
        await forget_keys(session, tenant, traces.record_keys)
        await queue_removals(session, traces.blob_keys, now + BLOB_REST)
    if not parts:
        await _finish(session, outbox, now, limit, grace)
    return len(parts)


async def _finish(
    session: Session, outbox: Outbox, now: datetime, limit: int, grace: timedelta
) -> None:
    done = await finished(session, now - grace, limit)
    clean = []
    for tenant, id in done:
        # What a parser was storing while the customer was erased is there by now.
        if await find_parts(session, tenant, [id], ()):
            cause = timer_cause(now, "erasure", str(id))
            await _queue(session, outbox, tenant, [id], values=(), cause=cause)
        else:
            clean.append((tenant, id))
    if clean:
        await mark_done(session, clean, now)
        ERASED.inc(len(clean))


__all__ = ["BLOB_REST", "Erasure", "Expects", "erase", "erasures", "forget_due"]
