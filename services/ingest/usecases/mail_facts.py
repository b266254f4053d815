"""What the database knows about the mails of a batch: at most one statement for each question."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.ingest.domain.deliveries import Delivery
from services.ingest.domain.marks import own_request
from services.ingest.domain.subjects import ticket_number
from services.ingest.repository import Deliveries
from services.ingest.repository.agents import agents_among
from services.ingest.repository.returned import Returned
from services.ingest.repository.ticket_numbers import TicketNumbers
from services.ingest.usecases.read_mail import ReadMail
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class Facts:
    """numbers: conversations by (tenant, ticket number). agents: (tenant, lower-case address).

    requests: deliveries by (tenant, request id). returned: what a bounce or complaint is about, by
    the notice's message id.
    """

    numbers: dict[tuple[str, int], UUID]
    agents: set[tuple[str, str]]
    requests: dict[tuple[str, UUID], Delivery]
    returned: dict[UUID, Delivery]


async def facts_of(session: Session, read: Sequence[ReadMail]) -> Facts:
    """Looks up tickets by number, agents who forward, mails of ours, and what came back."""
    numbers = {
        (one.message.tenant, number)
        for one in read
        if (number := ticket_number(one.message.subject)) is not None
    }
    requests = await _requests(session, read)
    return Facts(
        await TicketNumbers(session).find(numbers),
        await agents_among(session, _forwarders(read)),
        requests,
        await _returned(session, read, requests),
    )


def sender_of(read: ReadMail) -> str:
    """The sender's address in lower case, empty where there is none."""
    return (read.message.sender.address or "").lower()


def answered(read: ReadMail) -> Sequence[UUID]:
    """The requests that an automatic mail answers, by its In-Reply-To and References."""
    message = read.message
    if message.kind == "message":
        return ()
    ids = (message.in_reply_to or "", *message.references)
    return [id for one in ids if (id := own_request(one, {}))]


def _forwarders(read: Sequence[ReadMail]) -> set[tuple[str, str]]:
    return {
        (one.message.tenant, sender_of(one)) for one in read if one.forwarded and sender_of(one)
    }


async def _requests(session: Session, read: Sequence[ReadMail]) -> dict[tuple[str, UUID], Delivery]:
    keys = {
        (one.message.tenant, id)
        for one in read
        for id in (one.own_request, _original(one), *answered(one))
        if id
    }
    found = await Deliveries(session).find(keys)
    return {(delivery.tenant, id): delivery for id, delivery in found.items()}


def _original(read: ReadMail) -> UUID | None:
    notice = read.bounce or read.complaint
    return own_request(notice.original_message_id or "", {}) if notice else None


async def _returned(
    session: Session, read: Sequence[ReadMail], requests: dict[tuple[str, UUID], Delivery]
) -> dict[UUID, Delivery]:
    """By Message-ID; else by the signed address; else by the recipient of the last days."""
    found: dict[UUID, Delivery] = {}
    signed: dict[UUID, tuple[str, UUID]] = {}
    addressed = {}
    for one in read:
        notice, message = one.bounce or one.complaint, one.message
        if notice is None:
            continue
        original = _original(one)
        if original is not None and (message.tenant, original) in requests:
            found[message.id] = requests[message.tenant, original]
        elif one.signed is not None:
            signed[message.id] = (message.tenant, one.signed)
        elif notice.recipient:
            addressed[message.id] = (
                message.tenant, notice.recipient.lower(), message.received_at,
            )  # fmt: skip
    found |= await Returned(session).by_conversation(signed)
    return found | await Returned(session).by_address(addressed)
