"""What agents do with a ticket: answer, note, and move it along. Each is one HTTP command."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.router.domain import lifecycle
from services.router.domain.changes import Change
from services.router.domain.entries import Entry
from services.router.domain.people import UnknownActor
from services.router.domain.tickets import Actor, Ticket, UnknownTicket
from services.router.repository.agents import profiles
from services.router.repository.entries import Entries
from services.router.repository.tickets import Tickets
from services.router.usecases.announcing import announce, announce_outgoing
from services.router.usecases.staffing import Case, staff
from shared.contracts.outgoing import OutgoingRequested
from shared.contracts.payload import Party
from shared.messaging import derived_id
from shared.service import Work

Expects = Callable[[int], None]
"""Refuses, by raising, unless the entity is at the version that the caller has seen."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent says to the customer; `then`: the status after it, None for the usual one."""

    text: str
    html: str | None = None
    then: str | None = None


async def take(work: Work, tenant: str, ticket_id: UUID, expects: Expects) -> Ticket:
    """Locks a ticket for one of the commands below. Raises UnknownTicket."""
    ticket = (await Tickets(work.session).lock([(tenant, ticket_id)])).get(ticket_id)
    if ticket is None:
        raise UnknownTicket(ticket_id)
    expects(ticket.version)
    return ticket


async def reply(work: Work, ticket: Ticket, answer: Answer, by: Actor, asked_by: str) -> None:
    """Answers the customer: recorded, announced, and asked to be sent, all or nothing.

    Raises ClosedTicket, ForbiddenMove for `then`, and UnknownActor.
    """
    await _check(work, ticket.tenant, by)
    before = ticket.holder
    request_id = derived_id(work.cause.id, "reply")
    changes = lifecycle.reply(ticket, request_id, by, work.now, answer.then)
    conversation_id = ticket.conversation_ids[-1]
    # The reply's own version: a change of status may have come after it.
    said = Entry(
        ticket.tenant, ticket.id, changes[0].ticket.version, "reply", work.now, by.kind,
        request_id, answer.text, agent_id=by.agent_id, conversation_id=conversation_id,
        html=answer.html, delivery="requested",
    )  # fmt: skip
    await _finish(work, ticket, before, changes, [said])
    announce_outgoing(work.outbox, ticket, _outgoing(work, ticket, said, asked_by), work.cause)


async def note(work: Work, ticket: Ticket, text: str, by: Actor) -> None:
    """Leaves an internal note, which the customer never sees."""
    note_id = derived_id(work.cause.id, "note")
    noted = lifecycle.note(ticket, note_id, by, work.now)
    said = Entry(
        ticket.tenant, ticket.id, ticket.version, "note", work.now, by.kind, note_id, text,
        agent_id=by.agent_id,
    )  # fmt: skip
    await _finish(work, ticket, ticket.holder, [noted], [said])


async def move(work: Work, ticket: Ticket, to: str, by: Actor, reason: str = "") -> None:
    """Changes the status; nothing happens where it is that already. Raises ForbiddenMove."""
    before = ticket.holder
    changes = lifecycle.move(ticket, to, by, work.now, reason)
    if changes:
        await _finish(work, ticket, before, changes, [])


async def _check(work: Work, tenant: str, by: Actor) -> None:
    """Whoever acts with a token of their own is known; whom a program names may not be."""
    if by.agent_id is not None:
        agent = (await profiles(work.session, [by.agent_id])).get(by.agent_id)
        if agent is None or agent.tenant != tenant:
            raise UnknownActor(by.agent_id)


async def _finish(
    work: Work, ticket: Ticket, before: UUID | None, changes: Sequence[Change],
    entries: Sequence[Entry],
) -> None:  # fmt: skip
    staffed = await staff(work.session, [Case(ticket, work.cause, before)], work.now)
    await Tickets(work.session).save([ticket, *staffed.drawn])
    if entries:
        await Entries(work.session).add(entries)
    for change in changes:
        announce(work.outbox, change, work.cause)
    for change, cause in staffed.changes:
        announce(work.outbox, change, cause)


def _outgoing(work: Work, ticket: Ticket, said: Entry, asked_by: str) -> OutgoingRequested:
    # Where the customer has not written yet there is no conversation to answer in: we begin one.
    begins = ticket.message_count == 0
    customer = Party(name=ticket.customer_name, address=ticket.customer_address)
    return OutgoingRequested(
        request_id=said.reference,
        conversation_id=ticket.conversation_ids[-1],
        kind="reply",
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        text=said.text,
        html=said.html,
        subject=ticket.subject if begins else None,
        recipient=customer if begins else None,
        channel=ticket.channel if begins else None,
        requested_by=asked_by,
        requested_at=work.now,
    )
