"""A signed reply proves that who chatted or filled in a form is who writes mails.

The address was typed, and proves nothing; but we have written to it, and only who reads its mails
can answer to the signed address that our mail named.
"""

from collections.abc import Sequence
from uuid import UUID

from services.ingest.domain.messages import Message
from services.ingest.repository.typed_addresses import Typed, who_typed
from services.ingest.usecases.know_customers import Known
from services.ingest.usecases.merge_customers import merge_oldest
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox
from shared.storage import Session


async def prove_customers(
    session: Session,
    outbox: Outbox,
    answers: Sequence[tuple[Message, UUID]],
    known: Known,
) -> None:
    """Merges customers, oldest first, and says so in `known`.

    answers: mails with the conversation whose signed reply address they were sent to. Nothing is
    asked of the database where there are none.
    """
    asked = {
        Typed(message.tenant, conversation, message.sender.address.lower()): message
        for message, conversation in answers
        if message.sender.address
        and message.id in known.customers
        and message.kind == "message"
        and message.authentication.get("dmarc") != "fail"
    }
    if not asked:
        return
    for typed, customers in (await who_typed(session, list(asked))).items():
        message = asked[typed]
        member, _root = known.customers[message.id]
        keys = {(message.tenant, id) for id in (member, *customers)}
        head = await merge_oldest(
            session, outbox, keys, proof="reply-token", cause=Cause(message.id)
        )
        _lead_to(known, {id for _, id in keys} | set(head.aliases), head.id)


def _lead_to(known: Known, parts: set[UUID], head: UUID) -> None:
    for id, (member, root) in known.customers.items():
        if member in parts or root in parts:
            known.customers[id] = member, head
