"""Tickets that agents and other programs open on a customer's behalf."""

from dataclasses import dataclass

from services.router.domain import lifecycle
from services.router.domain.entries import Entry
from services.router.domain.people import UnknownTeam
from services.router.domain.routing import Routing
from services.router.domain.tickets import Actor, Customer, Ticket, blank
from services.router.repository.conversations import Conversation, Conversations
from services.router.repository.entries import Entries
from services.router.repository.tenants import Tenants
from services.router.repository.tickets import Tickets
from services.router.usecases.announcing import announce
from services.router.usecases.staffing import Case, staff
from shared.messaging import derived_id
from shared.service import Work


@dataclass(frozen=True, slots=True)
class Request:
    """What a ticket is to be about. team: None for the one that takes the channel."""

    subject: str
    text: str
    customer: Customer
    channel: str
    priority: str
    team: str | None
    language: str | None


async def open_ticket(work: Work, tenant: str, asked: Request, by: Actor) -> Ticket:
    """Opens a ticket without a customer's message; its first answer begins the conversation.

    Raises UnknownTeam.
    """
    ticket = await _blank(work, tenant, asked)
    conversation = Conversation(tenant, ticket.conversation_ids[0], ticket.id)
    await Conversations(work.session).claim([conversation])
    opened = lifecycle.opened_without_message(ticket, by, asked.text)
    staffed = await staff(work.session, [Case(ticket, work.cause)], work.now)
    await Tickets(work.session).number([ticket])
    await Tickets(work.session).insert([ticket])
    about = Entry(
        tenant, ticket.id, 1, "note", work.now, by.kind, derived_id(work.cause.id, "note"),
        asked.text, agent_id=by.agent_id,
    )  # fmt: skip
    await Entries(work.session).add([about])
    for change, cause in ((opened, work.cause), *staffed.changes):
        change.ticket.number = ticket.number
        announce(work.outbox, change, cause)
    return ticket


async def _blank(work: Work, tenant: str, asked: Request) -> Ticket:
    routing = (await Tenants(work.session).routings([tenant]))[tenant]
    team = await _team(work, tenant, asked, routing)
    return blank(
        tenant=tenant, id=derived_id(work.cause.id, "ticket"),
        conversation_id=derived_id(work.cause.id, "conversation"), channel=asked.channel,
        subject=asked.subject, customer=asked.customer, team=team, opened_at=work.now,
        now=work.now, priority=asked.priority, language=asked.language,
    )  # fmt: skip


async def _team(work: Work, tenant: str, asked: Request, routing: Routing) -> str | None:
    if asked.team is None:
        return routing.team_for(asked.channel, None)
    if await Tenants(work.session).team(tenant, asked.team) is None:
        raise UnknownTeam(asked.team)
    return asked.team
