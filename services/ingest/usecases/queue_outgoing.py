"""Something is to be said to customers: stored as messages, and queued for the sender."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.ingest.domain.accounts import Account
from services.ingest.domain.deliveries import SETTLED
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Attachment, Blob, Message
from services.ingest.domain.outgoing import Plan, Preferred, Request, plan
from services.ingest.domain.texts import clean
from services.ingest.domain.threads import Name, mail_names
from services.ingest.repository import Accounts, Conversations, Messages, References
from services.ingest.repository.conversations import Growth, Key, grow
from services.ingest.repository.customer_pages import Preference, preferences
from services.ingest.repository.deliveries import insert_deliveries
from services.ingest.repository.last_accounts import Reach, last_accounts
from services.ingest.repository.messages import WRITTEN, insert_messages
from services.ingest.repository.ticket_numbers import keep_ticket_numbers
from services.ingest.usecases.announce_delivery import announce_delivery
from services.ingest.usecases.restrain_automatic import restrained
from shared.contracts import messages as contract
from shared.contracts.outgoing import OutgoingRequested
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage import Session


async def queue_outgoing(
    session: Session,
    outbox: Outbox,
    received: Sequence[Received[OutgoingRequested]],
    now: datetime,
    *,
    mail_domain: str,
    queued: Callable[[], None] | None = None,
    automatic_budget: int = 20,
) -> None:
    """Stores each request once. Chat answers and impossible ones are settled and announced here.

    queued: called once there is something for the sender of this process. automatic_budget: mails
    by robots that one address is sent in an hour at most.

    The Message-IDs of mails to be sent join their threads at once, so that an answer which comes
    before we know that the mail went out finds its conversation.
    """
    requests = [_request(one) for one in received]
    await keep_ticket_numbers(session, _told(received))
    keys = {(request.tenant, request.conversation_id) for request in requests}
    heard = _by_conversation(await Messages(session).last_heard(keys))
    plans = await _plans(session, requests, heard, now, mail_domain)
    plans = await restrained(session, plans, heard, now, automatic_budget)
    if names := _names(plans):
        await References(session).claim(names)
    await grow(session, _touched(plans, now))
    await insert_messages(session, [one.message for one in plans if one.message])
    fresh = await insert_deliveries(session, [one.delivery for one in plans if one.delivery], now)
    for one in plans:
        delivery = one.delivery
        if delivery is None or delivery.request_id not in fresh:
            continue
        fresh.discard(delivery.request_id)
        if delivery.state in SETTLED:
            header_id = one.message.header_id if one.message else None
            announce_delivery(outbox, delivery, header_id, now)
        elif queued is not None:
            outbox.once_committed(queued)


async def _plans(
    session: Session,
    requests: Sequence[Request],
    heard: Mapping[Key, Message],
    now: datetime,
    mail_domain: str,
) -> list[Plan]:
    keys = {(request.tenant, request.conversation_id) for request in requests}
    known = await Conversations(session).find(keys)
    found = await Accounts(session).of_tenants({request.tenant for request in requests})
    latest = await _written(session, heard)
    writers = {(m.tenant, m.customer_id) for m in latest.values() if m.customer_id is not None}
    preferred = await preferences(session, writers)
    known_by = await last_accounts(session, {_reach(one) for one in requests if _seeks(one)})
    plans = []
    for request in requests:
        key = request.tenant, request.conversation_id
        accounts = _of_tenant(found, request.tenant)
        planned = plan(
            request, known.get(key), accounts, latest.get(key), now=now, mail_domain=mail_domain,
            preferred=_preferred(request.tenant, latest.get(key), preferred),
            known_by=known_by.get(_reach(request)),
        )  # fmt: skip
        if planned.conversation is not None:
            known[key] = planned.conversation
        plans.append(planned)
    return plans


async def _written(session: Session, heard: Mapping[Key, Message]) -> dict[Key, Message]:
    """The latest that somebody wrote, looked for again where a notice about a mail came last."""
    notices = [key for key, one in heard.items() if one.kind not in WRITTEN]
    written = {key: one for key, one in heard.items() if one.kind in WRITTEN}
    return written | _by_conversation(await Messages(session).last_inbound(notices))


def _by_conversation(messages: Iterable[Message]) -> dict[Key, Message]:
    return {(one.tenant, one.conversation_id): one for one in messages}


def _seeks(request: Request) -> bool:
    """Whether it names a person on a network, and not which of the tenant's accounts it is for."""
    return request.channel == "social" and request.recipient is not None


def _reach(request: Request) -> Reach:
    address = request.recipient.address if request.recipient else None
    return request.tenant, request.channel or "", address or ""


def _preferred(
    tenant: str, last: Message | None, known: Mapping[tuple[str, UUID], Preference]
) -> Preferred | None:
    """Where the customer wants to be answered; another channel than mail only where it wrote."""
    found = known.get((tenant, last.customer_id)) if last and last.customer_id else None
    if found is None or last is None:
        return None
    if found.channel == "email":
        person = Person(found.name, found.address)
        return Preferred("email", person) if found.address else None
    return Preferred(found.channel, None) if found.channel == last.channel else None


def _of_tenant(accounts: dict[tuple[str, str], Account], tenant: str) -> dict[str, Account]:
    return {id: account for (owner, id), account in accounts.items() if owner == tenant}


def _told(received: Sequence[Received[OutgoingRequested]]) -> dict[tuple[str, int], UUID]:
    """The numbers that customers are told, known before they are: an answer may name one."""
    return {
        (one.tenant, one.data.ticket_number): one.data.conversation_id
        for one in received
        if one.data.ticket_number is not None
    }


def _names(plans: Sequence[Plan]) -> dict[Name, UUID]:
    names: dict[Name, UUID] = {}
    for one in plans:
        if one.message is not None and one.message.header_id is not None:
            for name in mail_names(one.message.tenant, one.message.header_id, (), ()):
                names[name] = one.message.conversation_id
    return names


def _touched(plans: Sequence[Plan], now: datetime) -> list[Growth]:
    touched = {(c.tenant, c.id): c for one in plans if (c := one.conversation) is not None}
    people: dict[tuple[str, UUID], dict[str, None]] = {key: {} for key in touched}
    for one in plans:
        # Whom we write to takes part, and may answer under any subject.
        if one.conversation is not None and one.message is not None:
            written = [person.address for person in one.message.to if person.address]
            if one.message.channel == "email":
                key = one.conversation.tenant, one.conversation.id
                people[key] |= dict.fromkeys(address.lower() for address in written)
    return [
        Growth(conversation, 0, now, participants=tuple(people[key]))
        for key, conversation in touched.items()
    ]


def _request(received: Received[OutgoingRequested]) -> Request:
    asked, cause = received.data, received.cause
    recipient = asked.recipient
    return Request(
        tenant=received.tenant, id=asked.request_id, conversation_id=asked.conversation_id,
        ticket_id=asked.ticket_id, kind=asked.kind, channel=asked.channel,
        recipient=Person(recipient.name, recipient.address) if recipient else None,
        subject=asked.subject, text=clean(asked.text),
        html=None if asked.html is None else clean(asked.html), automatic=asked.automatic,
        requested_by=asked.requested_by, requested_at=asked.requested_at, cause_id=cause.id,
        cause_hops=cause.hops, cause_traceparent=cause.traceparent,
        attachments=tuple(map(_attachment, asked.attachments)),
        unsubscribe_url=asked.unsubscribe_url,
    )  # fmt: skip


def _attachment(given: contract.Attachment) -> Attachment:
    blob = Blob(given.blob.key, given.size, given.sha256, given.media_type)
    return Attachment(given.name, blob, given.inline, given.content_id)
