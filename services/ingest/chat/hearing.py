"""The consumers that the live chat hears by, together with the use cases of all chats."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from services.ingest.usecases.chat_hear import (
    Take,
    end_adapters_chats,
    seat_agents,
    speak_in_chats,
)
from services.ingest.usecases.chat_idle import end_idle_chats, next_idle_chat
from services.ingest.usecases.receive_chat import ChatReader, ReadChat, receive_chats
from shared.contracts.inbound import InboundChatMessageSent, InboundChatSessionEnded
from shared.contracts.tickets import TicketAssigned, TicketUnassigned
from shared.messaging.consumer import Consumer, Handler
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.messaging.timers import Timer
from shared.storage import BlobStore, Session


def chat_consumers(blobs: BlobStore, take: Take) -> list[Consumer]:
    """What visitors say and end, and which agents get their tickets."""
    return [
        Consumer(
            name="support.ingest.inbound-chat",
            topics=("support.inbound.chat.v1",),
            reads=(InboundChatMessageSent, InboundChatSessionEnded),
            handle=_receive,
            prepare=ChatReader(blobs).read,
            pace=0.05,
        ),
        Consumer(
            name="support.ingest.chat-tickets",
            topics=("support.tickets.v1",),
            reads=(TicketAssigned, TicketUnassigned),
            handle=partial(seat_agents, take=take),
            pace=0.2,
            only=_may_be_of_a_chat,
        ),
    ]


def _may_be_of_a_chat(data: TicketAssigned | TicketUnassigned) -> bool:
    """Not so of most tickets: one conversation, by another channel."""
    return data.ticket.channel == "chat" or len(data.ticket.conversation_ids) > 1


def idle_chats(take: Take) -> Timer:
    """Ends silent sessions, forgets old ones."""
    return Timer("chat-idle", partial(end_idle_chats, take=take), next_idle_chat)


def spoken_too(queue: Handler, take: Take) -> Handler:
    """`queue` for all requests, and then what is said by chat shown to the visitors."""

    async def handle(
        session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
    ) -> None:
        await queue(session, outbox, received, now)
        await speak_in_chats(session, outbox, received, now, take=take)

    return handle


async def _receive(
    session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
) -> None:
    said = [one for one in received if isinstance(one.data, ReadChat)]
    ended = [one for one in received if isinstance(one.data, InboundChatSessionEnded)]
    if said:
        await receive_chats(session, outbox, said, now)
    if ended:
        await end_adapters_chats(session, outbox, ended, now)
