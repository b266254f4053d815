"""Customers' messages: each opens a ticket, adds to one, or reopens one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.router.domain.changes import Change, CustomerWrote, Opened
from services.router.domain.entries import BEGINNING, Entry
from services.router.domain.lifecycle import opened_by, receive
from services.router.domain.routing import Routing
from services.router.domain.tickets import Customer, Message, Ticket, blank
from services.router.repository.acknowledgements import Acknowledgements, Pending
from services.router.repository.conversations import Conversation, ConversationKey, Conversations
from services.router.repository.entries import Entries
from services.router.repository.tenants import Tenants
from services.router.repository.tickets import Tickets
from services.router.usecases.announcing import announce
from services.router.usecases.handed_over import written_in
from services.router.usecases.staffing import Case, Caused, staff
from shared.contracts.conversations import ConversationHandedOver
from shared.contracts.messages import MessageReceived
from shared.messaging import Outbox, Received, derived_id
from shared.storage import Session

_SUBJECT = 120


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """On which channels customers are told their ticket's number, and after how long at most."""

    channels: frozenset[str]
    after: timedelta


@dataclass(slots=True)
class _Book:
    """The tickets of one batch: by conversation, which are new, and what happened to them."""

    tickets: dict[ConversationKey, Ticket]
    routings: dict[str, Routing]
    opened: dict[UUID, Ticket] = field(default_factory=dict)
    cases: dict[UUID, Case] = field(default_factory=dict)
    changes: list[Caused] = field(default_factory=list)
    passed_on: list[Conversation] = field(default_factory=list)


async def take_messages(
    session: Session,
    outbox: Outbox,
    received: Sequence[Received[MessageReceived | ConversationHandedOver]],
    now: datetime,
    *,
    acknowledging: Acknowledging,
) -> None:
    """A batch of messages; what we sent ourselves outside of Deskstream is not the customers'.

    What is said to a bot opens no ticket. The hand-over to people does, with all that was said.
    """
    written = [event for event in map(written_in, received) if event.data.direction != "outbound"]
    if not written:
        return
    book = await _open_book(session, written)
    for event in written:
        _enter(book, event, now)
    if not book.changes:
        return
    staffed = await staff(session, book.cases.values(), now)
    book.changes += staffed.changes
    opened = list(book.opened.values())
    if opened:
        await Tickets(session).number(opened)
        _put_numbers(book)
        await Tickets(session).insert(opened)
    known = [case.ticket for case in book.cases.values() if case.ticket.id not in book.opened]
    await Tickets(session).save(known)
    await Entries(session).add(_entries(book.changes))
    await _plan(session, book.changes, acknowledging, now)
    if book.passed_on:
        await Conversations(session).pass_on(book.passed_on)
    for change, cause in book.changes:
        announce(outbox, change, cause)


async def _open_book(session: Session, received: Sequence[Received[MessageReceived]]) -> _Book:
    """Claims new conversations, and locks the tickets of known ones."""
    first: dict[ConversationKey, Conversation] = {}
    for event in received:
        key = (event.tenant, event.data.conversation_id)
        if key not in first and event.data.held_by != "bot":
            first[key] = Conversation(*key, _ticket_id(event))
    new = await Conversations(session).claim(first.values()) if first else set()
    all_ = dict.fromkeys((event.tenant, event.data.conversation_id) for event in received)
    known = [key for key in all_ if key not in new]
    tickets = await Conversations(session).lock_tickets(known)
    tenants = {tenant for tenant, _ in new} | {
        ticket.tenant for ticket in tickets.values() if ticket.status == "closed"
    }
    return _Book(tickets, await Tenants(session).routings(tenants) if tenants else {})


def _enter(book: _Book, event: Received[MessageReceived], now: datetime) -> None:
    """One message: its ticket is changed or made, and what happened is noted down."""
    message, cause = _message(event.data), event.cause
    key = (event.tenant, message.conversation_id)
    ticket = book.tickets.get(key)
    changes: list[Change]
    if ticket is None and event.data.held_by == "bot":
        return
    # A closed ticket is done with: the customer's next word begins another; a robot's is only kept.
    if ticket is None or (ticket.status == "closed" and not message.automatic):
        new = _begin(book, event, message, ticket, now)
        book.cases[new.id] = Case(new, cause)
        changes = [opened_by(new, message)]
    else:
        if ticket.id not in book.cases:
            book.cases[ticket.id] = Case(ticket, cause, ticket.holder)
        changes = receive(ticket, message, now)
    book.changes += [(change, cause) for change in changes]


def _begin(
    book: _Book, event: Received[MessageReceived], message: Message, before: Ticket | None,
    now: datetime,
) -> Ticket:  # fmt: skip
    ticket = blank(
        tenant=event.tenant,
        id=_ticket_id(event),
        conversation_id=message.conversation_id,
        channel=message.channel,
        subject=message.subject or _first_line(message.text),
        customer=message.sender,
        team=book.routings[event.tenant].team_for(message.channel, message.account),
        opened_at=message.received_at,
        now=now,
        priority="high" if message.urgent else "normal",
        language=message.language,
        follows=before.id if before else None,
        due_at=message.wished_at,
    )
    book.tickets[event.tenant, message.conversation_id] = book.opened[ticket.id] = ticket
    if before is not None:
        book.passed_on.append(Conversation(event.tenant, message.conversation_id, ticket.id))
    return ticket


def _ticket_id(event: Received[MessageReceived]) -> UUID:
    return derived_id(event.uid, "ticket")


def _message(data: MessageReceived) -> Message:
    return Message(
        id=data.message_id, conversation_id=data.conversation_id, channel=data.channel,
        account=data.account, sender=Customer(data.sender.name, data.sender.address),
        subject=data.subject, text=data.text, received_at=data.received_at,
        automatic=data.automatic, language=data.language,
        wished_at=data.wished_at, urgent=data.urgent,
    )  # fmt: skip


def _first_line(text: str) -> str:
    """What a ticket is called whose channel knows no subjects."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:_SUBJECT]


def _put_numbers(book: _Book) -> None:
    """The copies in the changes were made before their tickets had numbers."""
    for change, _ in book.changes:
        if not change.ticket.number:
            change.ticket.number = book.opened[change.ticket.id].number


def _entries(changes: Iterable[Caused]) -> list[Entry]:
    entries = []
    for change, _ in changes:
        message = change.message if isinstance(change, Opened | CustomerWrote) else None
        if message is not None:
            ticket = change.ticket
            entries.append(
                Entry(
                    ticket.tenant, ticket.id, ticket.version, "message", message.received_at,
                    "customer", message.id, message.text[:BEGINNING],
                    conversation_id=message.conversation_id, automatic=message.automatic,
                )
            )  # fmt: skip
    return entries


async def _plan(
    session: Session, changes: Iterable[Caused], acknowledging: Acknowledging, now: datetime
) -> None:
    """Plans to tell the customers of new tickets their numbers; robots are told nothing."""
    pending = [
        Pending(change.ticket.tenant, change.ticket.id, now + acknowledging.after)
        for change, _ in changes
        if isinstance(change, Opened)
        and change.message is not None
        and not change.message.automatic
        and change.ticket.channel in acknowledging.channels
    ]
    if pending:
        await Acknowledgements(session).add(pending)
