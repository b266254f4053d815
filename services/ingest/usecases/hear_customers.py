"""support.customers.v1 read by its owner: what Kafka has forgotten, and what adapters tell."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.ingest.repository.customers import Customers, ids_after
from services.ingest.usecases.announce_customer import (
    Left,
    announce_customer,
    announce_erased,
    announce_merged,
)
from services.ingest.usecases.take_facts import take_facts
from shared.contracts.customers import (
    CustomerChanged,
    CustomerErased,
    CustomerMerged,
    CustomerUnmerged,
)
from shared.messaging import compacted_consumer, restated
from shared.messaging.consumer import Consumer
from shared.messaging.events import Cause, Received
from shared.messaging.outbox import Outbox
from shared.messaging.resync import PAGE
from shared.storage import Session

TOPIC: Final = "support.customers.v1"


def customers_consumer() -> Consumer:
    """Keeps the latest state of every key, and gives what adapters tell to `take_facts`."""
    own = compacted_consumer(
        "ingest",
        TOPIC,
        (CustomerChanged, CustomerMerged, CustomerUnmerged, CustomerErased),
        announce_customers_again,
    )

    async def hear(
        session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
    ) -> None:
        told = [one for one in received if one.event.source != outbox.source]
        if len(told) < len(received):
            ours = [one for one in received if one.event.source == outbox.source]
            await own.handle(session, outbox, ours, now)
        for one in told:
            await take_facts(session, outbox, one, now)

    return replace(own, handle=hear, pace=0.5)


async def announce_customers_again(
    session: Session, outbox: Outbox, late: Sequence[Received[Any]], now: datetime
) -> None:
    """Kafka holds states of these customers that are older than what it held: say how they are."""
    causes = {(one.tenant, UUID(one.event.subject)): one.cause for one in late}
    await _announce(session, outbox, causes)


async def restate_customers(session: Session, outbox: Outbox, after: str | None) -> str | None:
    """Announces customers anew for `resync`, a page at a time."""
    page = await ids_after(session, after, PAGE)
    causes = {(tenant, id): restated(outbox, str(id)) for tenant, id in page}
    await _announce(session, outbox, causes)
    return f"{page[-1][0]}/{page[-1][1]}" if len(page) == PAGE else None


async def _announce(
    session: Session, outbox: Outbox, causes: dict[tuple[str, UUID], Cause]
) -> None:
    locked = await Customers(session).lock(causes)
    heads = [key for key, one in locked.items() if not (one.merged_into or one.erased_at)]
    for key, customer in (await Customers(session).whole(heads)).items():
        announce_customer(outbox, customer, causes[key])
    for key, one in locked.items():
        if one.erased_at is not None:
            announce_erased(outbox, one, Left(), at=one.erased_at, cause=causes[key])
        elif one.merged_into is not None and one.root_id is not None:
            announce_merged(
                outbox, one, one.root_id, proof="person", at=one.updated_at, cause=causes[key]
            )
