"""A mail that was held as spam and is none: it finds its conversation, as if it had just come."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Message
from services.ingest.domain.subjects import ticket_number
from services.ingest.domain.threads import mail_names
from services.ingest.repository import Accounts, Messages
from services.ingest.repository.ticket_numbers import TicketNumbers
from services.ingest.usecases.announce import announce
from services.ingest.usecases.draft_mail import mailboxes_of, people_of
from services.ingest.usecases.keep_messages import Draft, keep_released
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox
from shared.storage import Session


class NotHeld(Exception):
    """The message is in no quarantine, or not any more."""


async def release_mail(
    session: Session, outbox: Outbox, tenant: str, id: UUID, *, cause: Cause, now: datetime
) -> Message | None:
    """Announces a held message and returns it; None where the tenant has no such message.

    Its time of coming is now, so that no promise to its sender is broken before it is known.
    Raises NotHeld where it is not held.
    """
    held = await Messages(session).lock(tenant, id)
    if held is None:
        return None
    if not held.spam:
        raise NotHeld
    draft = await _draft(session, replace(held, spam=False, received_at=now))
    kept = await keep_released(session, outbox, [draft])
    for message, version in kept.new:
        merges = kept.merges.get(message.id, ())
        announce(outbox, replace(message, spam=True), version, cause, merges=merges)
    return kept.new[0][0]


async def _draft(session: Session, message: Message) -> Draft:
    accounts = await Accounts(session).of_tenants([message.tenant])
    number = ticket_number(message.subject)
    asked = {(message.tenant, number)} if number is not None else set()
    numbers = await TicketNumbers(session).find(asked)
    parents = [message.in_reply_to] if message.in_reply_to else []
    header_id = message.header_id or f"<{message.id}@held.invalid>"
    names = mail_names(message.tenant, header_id, parents, message.references)
    return Draft(
        message, names, _customer(message), own=names[-1],
        people=people_of(message, mailboxes_of(message.tenant, accounts)),
        numbered=next(iter(numbers.values()), None),
    )  # fmt: skip


def _customer(message: Message) -> Person:
    answer = message.reply_to
    if answer is None or answer.address is None:
        return message.sender
    return Person(answer.name or message.sender.name, answer.address)
