"""What other topics mean for chat sessions: answers, agents who come and go, adapters' ends."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from services.ingest.domain.accounts import account_of
from services.ingest.domain.chat.happenings import Action, Join, Leave, Speak
from services.ingest.domain.chat.sessions import Key
from services.ingest.domain.texts import clean
from services.ingest.domain.threads import chat_names
from services.ingest.repository.chat import Chats
from services.ingest.repository.chat_queue import Queues, conversations_of
from services.ingest.usecases.chat_turns import Turn
from services.ingest.usecases.receive_mail import known_senders
from shared.contracts.conversations import ConversationEnded
from shared.contracts.inbound import InboundChatSessionEnded
from shared.contracts.outgoing import OutgoingRequested
from shared.contracts.tickets import TicketAssigned, TicketUnassigned
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage import Session

Take = Callable[[Session, Outbox, Sequence[Turn], datetime], Awaitable[object]]
"""`take_turns` with its settings."""


async def speak_in_chats(
    session: Session,
    outbox: Outbox,
    received: Sequence[Received[OutgoingRequested]],
    now: datetime,
    *,
    take: Take,
) -> None:
    """What is said by chat gets its place in the session that the visitor's page shows.

    To be called after the requests are queued: one that goes by another channel, as the visitor has
    gone on there, is no part of the session.
    """
    by_chat = [one for one in received if one.data.channel in {None, "chat"}]
    asked = {((one.tenant, one.data.conversation_id), one.data.request_id) for one in by_chat}
    shown = await Chats(session).shown(asked)
    turns = [
        Turn((one.tenant, one.data.conversation_id), None, _spoken(one.data), one.cause)
        for one in by_chat
        if (one.tenant, one.data.request_id) in shown
    ]
    if turns:
        await take(session, outbox, turns, now)


def _spoken(asked: OutgoingRequested) -> Speak:
    return Speak(
        request_id=asked.request_id, kind=asked.kind, text=clean(asked.text),
        automatic=asked.automatic, requested_by=asked.requested_by, ticket_id=asked.ticket_id,
        hand_over=asked.hand_over,
    )  # fmt: skip


async def seat_agents(
    session: Session,
    outbox: Outbox,
    received: Sequence[Received[TicketAssigned | TicketUnassigned]],
    now: datetime,
    *,
    take: Take,
) -> None:
    """An agent got or lost the ticket of a chat: the visitor sees who is there."""
    keys = {
        (one.tenant, conversation)
        for one in received
        for conversation in one.data.ticket.conversation_ids
    }
    stored = await Chats(session).find(keys)
    agents = {(one.tenant, str(one.data.agent_id)) for one in received}
    names = await Queues(session).agent_names(agents) if stored else {}
    turns = [
        Turn(key, None, _moved(one, names), one.cause)
        for one in received
        for key in _keys(one)
        if key in stored
    ]
    if turns:
        await take(session, outbox, turns, now)


def _keys(one: Received[TicketAssigned | TicketUnassigned]) -> list[Key]:
    return [(one.tenant, conversation) for conversation in one.data.ticket.conversation_ids]


def _moved(one: Received[TicketAssigned | TicketUnassigned], names: dict[str, str]) -> Action:
    agent, event = one.data.agent_id, str(one.uid)
    if isinstance(one.data, TicketAssigned):
        return Join(agent, names.get(str(agent)), event)
    return Leave(agent, event)


async def end_adapters_chats(
    session: Session,
    outbox: Outbox,
    received: Sequence[Received[InboundChatSessionEnded]],
    now: datetime,
) -> None:
    """An adapter's session is over; one that said nothing was no conversation."""
    known = await known_senders(session, outbox, received, "chat")
    names = {
        one.uid: chat_names(one.tenant, account_of(one.event.source) or "", one.data.session_id)[0]
        for one in known
    }
    found = await conversations_of(session, list(names.values()))
    for one in known:
        if conversation := found.get(names[one.uid]):
            _announce_end(outbox, one, conversation)


def _announce_end(
    outbox: Outbox, one: Received[InboundChatSessionEnded], conversation: UUID
) -> None:
    payload = ConversationEnded(
        conversation_id=conversation, account=account_of(one.event.source) or "",
        at=one.data.ended_at, by=one.data.by, reason="adapter-ended", seconds=0,
    )  # fmt: skip
    outbox.add(payload, tenant=one.tenant, key=str(conversation), cause=one.cause)
