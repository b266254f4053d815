"""Who wrote: the customer of each message, made where nobody knows the sender yet.

The second message of a customer costs its part of one look-up and writes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.ingest.domain.customers import Customer, Identity, Key, identity_of
from services.ingest.domain.messages import Message
from services.ingest.repository.customer_changes import call, prove, touch
from services.ingest.repository.customer_claims import claim, open_customers, renew
from services.ingest.repository.customers import Customers, Found, Named
from services.ingest.usecases.announce_customer import announce_customer
from shared.messaging.events import Cause
from shared.messaging.ids import derived_id
from shared.messaging.outbox import Outbox
from shared.storage import Session

_KIND = "customer"


@dataclass(frozen=True, slots=True)
class Known:
    """customers: by message id, (the customer whose identity wrote, what that is part of now).
    forgotten: messages that were written before their sender was erased, and are not to be kept.
    """

    customers: dict[UUID, tuple[UUID, UUID]]
    forgotten: set[UUID]


@dataclass(frozen=True, slots=True)
class _Sent:
    identity: Identity
    name: Named
    message: Message


@dataclass(slots=True)
class _Changes:
    """What messages tell about customers that are known: keys are those of the members."""

    names: dict[Key, str] = field(default_factory=dict)
    proved: dict[Named, Key] = field(default_factory=dict)
    causes: dict[Key, UUID] = field(default_factory=dict)


async def know_customers(
    session: Session, outbox: Outbox, messages: Sequence[Message], now: datetime
) -> Known:
    """The customers of inbound messages; those that are new or known better are announced.

    Locks identities, then customers; see `repository.customers`.
    """
    sent = [
        _Sent(one, (message.tenant, one.name), message)
        for message in messages
        if (one := identity_of(message)) is not None
    ]
    if not sent:
        return Known({}, set())
    found = await Customers(session).look({one.name for one in sent})
    forgotten = {one.message.id for one in sent if _is_forgotten(one, found)}
    sent = [one for one in sent if one.message.id not in forgotten]
    if missing := [one for one in sent if _is_new(found.get(one.name))]:
        found |= await _open(session, outbox, missing, found, now)
    await _learn(session, outbox, sent, found, now)
    return Known(
        {one.message.id: (found[one.name].customer_id, found[one.name].root_id) for one in sent},
        forgotten,
    )


def _is_new(known: Found | None) -> bool:
    return known is None or known.anonymous


def _is_forgotten(one: _Sent, found: Mapping[Named, Found]) -> bool:
    known = found.get(one.name)
    erased = known.erased_at if known else None
    return erased is not None and one.message.received_at <= erased


async def _open(
    session: Session,
    outbox: Outbox,
    missing: Sequence[_Sent],
    found: Mapping[Named, Found],
    now: datetime,
) -> dict[Named, Found]:
    """Makes customers for senders that nobody knows, unless a rival has just done so."""
    first = {one.name: one for one in reversed(missing)}
    given = {name: (one.identity, derived_id(one.message.id, _KIND)) for name, one in first.items()}
    again = {name: it for name, it in given.items() if name in found}
    fresh = {name: it for name, it in given.items() if name not in found}
    claimed = await claim(session, fresh, now) if fresh else set()
    if again:
        claimed |= await renew(session, again)
    mine = {name: given[name] for name in given if name in claimed}
    opened = [_opened(first[name], id, now) for name, (_, id) in mine.items()]
    if opened:
        await open_customers(session, opened, now)
    for name, customer in zip(mine, opened, strict=True):
        announce_customer(outbox, customer, Cause(first[name].message.id))
    known = {
        name: Found(id, id, identity.verified, first[name].message.sender.name, None)
        for name, (identity, id) in mine.items()
    }
    # A rival has made the others since we looked.
    return known | await Customers(session).look([name for name in given if name not in mine])


def _opened(one: _Sent, id: UUID, now: datetime) -> Customer:
    message = one.message
    return Customer(
        tenant=message.tenant, id=id, version=1, created_at=now, updated_at=now, root_id=id,
        name=message.sender.name, identities=(one.identity,),
    )  # fmt: skip


async def _learn(
    session: Session,
    outbox: Outbox,
    sent: Sequence[_Sent],
    found: Mapping[Named, Found],
    now: datetime,
) -> None:
    changes = _changes(sent, found)
    if not changes.causes:
        return
    locked = await _lock(session, changes.causes)
    await call(session, changes.names)
    await prove(session, changes.proved)
    causes = {(key[0], _root(locked, key)): cause for key, cause in changes.causes.items()}
    await touch(session, causes, now)
    for key, customer in (await Customers(session).whole(causes)).items():
        announce_customer(outbox, customer, Cause(causes[key]))


async def _lock(session: Session, keys: Collection[Key]) -> dict[Key, Customer]:
    """Locks customers and what they are part of at that moment."""
    roots = await Customers(session).roots(keys)
    locked = await Customers(session).lock({*keys, *((key[0], id) for key, id in roots.items())})
    late = {(key[0], one.root_id or key[1]) for key, one in locked.items()} - locked.keys()
    return locked | await Customers(session).lock(late)


def _root(locked: Mapping[Key, Customer], key: Key) -> UUID:
    return locked[key].root_id or key[1]


def _changes(sent: Sequence[_Sent], found: Mapping[Named, Found]) -> _Changes:
    changes = _Changes()
    for one in sent:
        known, sender = found[one.name], one.message.sender
        key = one.name[0], known.customer_id
        if known.called is None and sender.name:
            changes.names.setdefault(key, sender.name)
            changes.causes.setdefault(key, one.message.id)
        if one.identity.verified and not known.verified:
            changes.proved[one.name] = key
            changes.causes.setdefault(key, one.message.id)
    return changes
