"""Customers as the events that everybody reads. Whoever announces one has locked its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.ingest.domain.customers import Customer, Identity
from shared.contracts import customers as contract
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox

MOST_IDENTITIES = 200
MOST_ALIASES = 1000
MOST_IDS = 5000


@dataclass(frozen=True, slots=True)
class Left:
    """What an erased customer leaves behind, see `CustomerErased`."""

    whole: Sequence[UUID] = ()
    led: Sequence[UUID] = ()
    messages: Sequence[UUID] = ()


def announce_customer(outbox: Outbox, customer: Customer, cause: Cause) -> None:
    """Announces the whole of a customer. Its limits were kept when it was stored."""
    payload = contract.CustomerChanged.model_construct(
        customer_id=customer.id, external_id=None, name=customer.name,
        identities=tuple(map(_identity, customer.identities[:MOST_IDENTITIES])),
        plan=customer.plan, value=customer.value, language=customer.language,
        preferred_channel=customer.preferred_channel, aliases=customer.aliases[:MOST_ALIASES],
        changed_at=customer.updated_at,
    )  # fmt: skip
    outbox.add(
        payload, tenant=customer.tenant, key=str(customer.id), cause=cause,
        sequence=outbox.sequence(customer.version),
    )  # fmt: skip


def announce_merged(
    outbox: Outbox, part: Customer, into: UUID, *, proof: str, at: datetime, cause: Cause
) -> None:
    """Announces that `part`, in its present version, belongs to another customer."""
    payload = contract.CustomerMerged(customer_id=part.id, into=into, proof=proof, at=at)
    _add(outbox, payload, part, cause)


def announce_unmerged(
    outbox: Outbox, part: Customer, out_of: UUID, at: datetime, cause: Cause
) -> None:
    """Announces that `part`, in its present version, stands for itself again."""
    payload = contract.CustomerUnmerged(customer_id=part.id, out_of=out_of, at=at)
    _add(outbox, payload, part, cause)


def announce_erased(
    outbox: Outbox,
    customer: Customer,
    left: Left,
    *,
    at: datetime,
    cause: Cause,
) -> None:
    """Announces that a customer is to be forgotten, in as many events as it takes."""
    longest = max(len(left.whole), len(left.led), len(left.messages), 1)
    for start in range(0, longest, MOST_IDS):
        page = slice(start, start + MOST_IDS)
        payload = contract.CustomerErased(
            customer_id=customer.id, conversation_ids=tuple(left.whole[page]),
            led_conversation_ids=tuple(left.led[page]), message_ids=tuple(left.messages[page]),
            at=at,
        )  # fmt: skip
        _add(outbox, payload, customer, cause)


def _add(
    outbox: Outbox,
    payload: contract.CustomerMerged | contract.CustomerUnmerged | contract.CustomerErased,
    customer: Customer,
    cause: Cause,
) -> None:
    outbox.add(
        payload, tenant=customer.tenant, key=str(customer.id), cause=cause,
        sequence=outbox.sequence(customer.version),
    )  # fmt: skip


def _identity(one: Identity) -> contract.CustomerIdentity:
    return contract.CustomerIdentity.model_construct(
        kind=one.kind, value=one.value, network=one.network, account=one.account,
        verified=one.verified,
    )  # fmt: skip
