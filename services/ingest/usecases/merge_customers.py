"""Two customers are one, and are two again. Nothing is copied, so all of it can be taken back.

A customer that is a part keeps its id, its identities and its messages; its root is found by them.
"""

from collections.abc import Callable, Collection
from uuid import UUID

from services.ingest.domain.customers import Customer, Key, survivor
from services.ingest.repository.customer_changes import store_merge, take_back_merge, touch
from services.ingest.repository.customers import Customers
from services.ingest.usecases.announce_customer import (
    announce_customer,
    announce_merged,
    announce_unmerged,
)
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox
from shared.storage import Session

Expects = Callable[[int], None]
"""Called with the version of the locked customer; raises where the caller knows another one."""


class UnknownCustomer(LookupError):
    """The tenant has no such customer, or not any more."""


class NotMerged(Exception):
    """The customer is part of no other one."""


async def merge(
    session: Session,
    outbox: Outbox,
    part: Key,
    into: UUID,
    *,
    proof: str,
    cause: Cause,
    expects: Expects = lambda _version: None,
) -> Customer:
    """Makes a customer, and all that it is one with, a part of `into`; returns the whole.

    Where they are one already nothing changes. Raises UnknownCustomer.
    """
    tenant = part[0]
    locked = await lock_roots(session, {part, (tenant, into)})
    loser, head = locked.get(part), locked.get((tenant, into))
    if loser is None or head is None or loser.erased_at or head.erased_at:
        raise UnknownCustomer
    expects(loser.version)
    if loser.id != head.id:
        await _merge(session, outbox, loser, head, proof=proof, cause=cause)
    return (await Customers(session).whole([head.key]))[head.key]


async def merge_oldest(
    session: Session, outbox: Outbox, keys: Collection[Key], *, proof: str, cause: Cause
) -> Customer:
    """Makes customers of one tenant, who are proved to be one, parts of the oldest of them."""
    locked = await lock_roots(session, keys)
    heads = {one.key: one for one in locked.values() if one.erased_at is None}
    ordered = sorted(heads.values(), key=lambda one: (one.created_at, one.id))
    if not ordered:
        raise UnknownCustomer
    head = ordered[0]
    for loser in ordered[1:]:
        stays, goes = survivor(head, loser)
        await _merge(session, outbox, goes, stays, proof=proof, cause=cause)
    return (await Customers(session).whole([head.key]))[head.key]


async def unmerge(
    session: Session, outbox: Outbox, key: Key, *, cause: Cause, expects: Expects
) -> Customer:
    """Makes a part stand for itself again, with what had been merged into it before.

    Raises UnknownCustomer and NotMerged.
    """
    locked = await lock_roots(session, [key])
    head = locked.get(key)
    part = (await Customers(session).lock([key])).get(key)
    if head is None or part is None or part.erased_at:
        raise UnknownCustomer
    expects(part.version)
    if part.merged_into is None:
        raise NotMerged
    await take_back_merge(session, key[0], key[1])
    await touch(session, [key, head.key], outbox.now)
    # The first says that it is a part no more, the second, in a version of its own, what it is.
    alone = (await Customers(session).whole([key]))[key]
    announce_unmerged(outbox, alone, head.id, outbox.now, cause)
    await touch(session, [key], outbox.now)
    after = await Customers(session).whole([key, head.key])
    for customer in after.values():
        announce_customer(outbox, customer, cause)
    return after[key]


async def lock_roots(session: Session, keys: Collection[Key]) -> dict[Key, Customer]:
    """What each customer is part of, locked; itself where it is none's part."""
    wanted: dict[Key, UUID] = {}
    while True:
        found = await Customers(session).roots(keys)
        if found == wanted:
            break
        # Somebody may have merged them while we waited for the locks; then we look again.
        wanted = found
        locked = await Customers(session).lock({(key[0], id) for key, id in wanted.items()})
    return {key: locked[key[0], id] for key, id in wanted.items()}


async def _merge(
    session: Session, outbox: Outbox, loser: Customer, head: Customer, *, proof: str, cause: Cause
) -> None:
    await store_merge(session, loser.tenant, loser.id, head.id)
    await touch(session, [loser.key, head.key], outbox.now)
    versions = await Customers(session).lock([loser.key])
    announce_merged(outbox, versions[loser.key], head.id, proof=proof, at=outbox.now, cause=cause)
    whole = await Customers(session).whole([head.key])
    announce_customer(outbox, whole[head.key], cause)
