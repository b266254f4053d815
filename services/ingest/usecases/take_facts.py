"""What adapters and people tell about customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast, get_args
from uuid import UUID

from services.ingest.domain.customers import (
    Customer,
    Identity,
    IdentityKind,
    Key,
    mail_address,
    phone_number,
)
from services.ingest.repository.customer_changes import prove, store_facts
from services.ingest.repository.customer_claims import claim, open_customers, renew
from services.ingest.repository.customers import Customers, Found, Named
from services.ingest.usecases.announce_customer import announce_customer
from services.ingest.usecases.merge_customers import (
    Expects,
    UnknownCustomer,
    lock_roots,
    merge_oldest,
)
from shared.contracts.customers import CustomerChanged, CustomerIdentity
from shared.messaging.events import Cause, Received
from shared.messaging.ids import derived_id
from shared.messaging.outbox import Outbox
from shared.storage import Session

_KINDS: Final = frozenset(get_args(IdentityKind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about a customer; value: a year's worth, in the tenant's currency."""

    name: str | None
    plan: str | None
    value: float | None
    language: str | None
    preferred_channel: str | None


async def put_facts(
    session: Session, outbox: Outbox, key: Key, facts: Facts, *, cause: Cause, expects: Expects
) -> Customer:
    """Replaces all facts of a customer. Raises UnknownCustomer."""
    head = (await lock_roots(session, [key])).get(key)
    if head is None or head.erased_at:
        raise UnknownCustomer
    expects(head.version)
    return await _store(session, outbox, head, facts, at=outbox.now, cause=cause)


async def take_facts(
    session: Session, outbox: Outbox, received: Received[CustomerChanged], now: datetime
) -> None:
    """An adapter's word about a customer that it names by identities, or by its own id.

    A customer that nobody knows is made. Verified identities of several customers make them one.
    Older facts than those that are stored change nothing, nor do facts from before an erasure.
    """
    if not isinstance(received.data, CustomerChanged):
        return
    told = _identities(received)
    if not told:
        return
    head = await _customer(session, outbox, received, told, now)
    if head is None or (head.facts_at is not None and head.facts_at >= received.time):
        return
    said = received.data
    facts = Facts(
        name=said.name or head.name, plan=said.plan or head.plan,
        value=head.value if said.value is None else said.value,
        language=said.language or head.language,
        preferred_channel=said.preferred_channel or head.preferred_channel,
    )  # fmt: skip
    await _store(session, outbox, head, facts, at=received.time, cause=received.cause)


async def _store(
    session: Session, outbox: Outbox, head: Customer, facts: Facts, *, at: datetime, cause: Cause
) -> Customer:
    changed = replace(
        head, name=facts.name, plan=facts.plan, value=facts.value, language=facts.language,
        preferred_channel=facts.preferred_channel, facts_at=at,
    )  # fmt: skip
    await store_facts(session, changed, outbox.now)
    whole = (await Customers(session).whole([head.key]))[head.key]
    announce_customer(outbox, whole, cause)
    return whole


def _identities(received: Received[CustomerChanged]) -> dict[Named, Identity]:
    said = received.data
    given = [one for told in said.identities if (one := _identity(told)) is not None]
    if said.external_id is not None:
        account = received.event.source[:200]
        given.append(Identity("external", said.external_id, account=account, verified=True))
    return {(received.tenant, one.name): one for one in given}


def _identity(told: CustomerIdentity) -> Identity | None:
    value: str | None = told.value.strip()
    if told.kind == "email":
        value = mail_address(told.value)
    elif told.kind == "phone":
        value = phone_number(told.value)
    if not value or told.kind not in _KINDS or "\0" in value:
        return None
    kind = cast(IdentityKind, told.kind)
    return Identity(kind, value, told.network, told.account, told.verified)


async def _customer(
    session: Session,
    outbox: Outbox,
    received: Received[CustomerChanged],
    told: Mapping[Named, Identity],
    now: datetime,
) -> Customer | None:
    found = await Customers(session).look(told)
    if any(one.erased_at and received.time <= one.erased_at for one in found.values()):
        return None
    known = {name: one for name, one in found.items() if not one.anonymous}
    id = _chosen(known) or derived_id(received.uid, "customer")
    found = known | await _claim(session, {n: (i, id) for n, i in told.items()}, found, now)
    if not known and any(one.customer_id == id for one in found.values()):
        made = Customer(tenant=received.tenant, id=id, version=1, created_at=now, updated_at=now)
        await open_customers(session, [made], now)
    proved = [name for name, one in told.items() if one.verified and name in found]
    keys = {(received.tenant, found[name].root_id) for name in proved or list(found)[:1]}
    head = await merge_oldest(session, outbox, keys, proof="adapter", cause=received.cause)
    await prove(session, proved)
    [alone] = (await Customers(session).lock([head.key])).values()
    return alone


def _chosen(known: Mapping[Named, Found]) -> UUID | None:
    return next((one.root_id for one in known.values()), None)


async def _claim(
    session: Session,
    given: Mapping[Named, tuple[Identity, UUID]],
    found: Mapping[Named, Found],
    now: datetime,
) -> dict[Named, Found]:
    """Gives the identities that nobody has to the customer; with those that a rival has taken."""
    fresh = {name: it for name, it in given.items() if name not in found}
    again = {name: given[name] for name, one in found.items() if one.anonymous}
    mine = await claim(session, fresh, now) if fresh else set()
    if again:
        mine |= await renew(session, again)
    taken = {
        name: Found(given[name][1], given[name][1], given[name][0].verified, None, None)
        for name in mine
    }
    late: Sequence[Named] = [n for n in (*fresh, *again) if n not in mine]
    return taken | await Customers(session).look(late)
