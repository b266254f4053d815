"""A whole adapter: says a visitor's words in Deskstream, and brings the answers back.

python chat_adapter.py SERVERS TENANT ACCOUNT TEXT: says TEXT, prints the first answer, ends.
ACCOUNT is a channel account of kind chat with `"delivery": "adapter"`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.contracts.deliveries import DeliverySent
from shared.contracts.envelope import (
    Event,
    InvalidEvent,
    Payload,
    from_record,
    to_headers,
    to_value,
)
from shared.contracts.inbound import InboundChatMessageSent
from shared.contracts.messages import MessageReceived
from shared.contracts.outgoing import OutgoingRequested


class ChatAdapter:
    """One channel account's chats."""

    def __init__(self, producer: AIOKafkaProducer, tenant: str, account: str) -> None:
        self._producer, self._tenant, self._account = producer, tenant, account
        # Which of our sessions a conversation is, and what is still to be said in one that we have
        # not heard of yet. A real adapter keeps both in its database, with the offsets.
        self._sessions: dict[UUID, str] = {}
        self._waiting: dict[UUID, list[OutgoingRequested]] = {}

    async def say(self, session: str, number: int, text: str) -> None:
        """Publish what a visitor wrote. Sending it again, under the same id, does no harm."""
        said = InboundChatMessageSent(
            session_id=session, message_id=str(number), text=text, sent_at=datetime.now(UTC)
        )
        await self._publish("support.inbound.chat.v1", said, f"{session}:{number}", session)

    async def answers(
        self, consumer: AIOKafkaConsumer
    ) -> AsyncIterator[tuple[str, OutgoingRequested]]:
        """What is to be shown, and in which session; call `sent` when it was."""
        async for record in consumer:
            event = from_record(record.key, record.headers, record.value)
            if isinstance(event, InvalidEvent) or event.tenant != self._tenant:
                continue
            for asked in self._ready(event.data):
                yield self._sessions[asked.conversation_id], asked

    def _ready(self, data: object) -> list[OutgoingRequested]:
        """What can be shown now: the two topics may be read in any order."""
        if isinstance(data, MessageReceived) and data.account == self._account and data.thread_id:
            self._sessions[data.conversation_id] = data.thread_id
            return self._waiting.pop(data.conversation_id, [])
        if isinstance(data, OutgoingRequested):
            if data.conversation_id in self._sessions:
                return [data]
            self._waiting.setdefault(data.conversation_id, []).append(data)
        return []

    async def sent(self, asked: OutgoingRequested) -> None:
        """Tell Deskstream that the customer has it."""
        sent = DeliverySent(
            request_id=asked.request_id, conversation_id=asked.conversation_id,
            ticket_id=asked.ticket_id, kind=asked.kind, channel="chat", at=datetime.now(UTC),
            attempts=1,
        )  # fmt: skip
        # The same id however often it is sent again; outside of support.inbound.* it is a UUID.
        id = str(uuid5(asked.request_id, "sent"))
        await self._publish("support.deliveries.v1", sent, id, str(asked.conversation_id))

    async def _publish(self, topic: str, data: Payload, id: str, key: str) -> None:
        event = Event(
            id=id, type=data.TYPE, source=f"/channels/{self._account}", subject=key,
            time=datetime.now(UTC), tenant=self._tenant, data=data, partitionkey=key,
        )  # fmt: skip
        headers = to_headers(event)
        await self._producer.send_and_wait(
            topic, key=key.encode(), headers=headers, value=to_value(data)
        )


async def main(servers: str, tenant: str, account: str, text: str) -> None:
    """One question, and the first answer to it."""
    consumer = AIOKafkaConsumer(
        "support.messages.v1", "support.outgoing.v1", bootstrap_servers=servers,
        auto_offset_reset="earliest",
    )  # fmt: skip
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer, consumer:
        adapter = ChatAdapter(producer, tenant, account)
        session = f"session-{uuid4()}"
        await adapter.say(session, 1, text)
        async for shown, asked in adapter.answers(consumer):
            if shown == session:
                print(asked.text, flush=True)  # noqa: T201 - where a real one shows it
                await adapter.sent(asked)
                break


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
