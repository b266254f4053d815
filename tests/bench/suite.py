"""All five services on one machine: chats and mails, until assigned, armed and counted."""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.contracts.envelope import Event, to_headers, to_value
from shared.contracts.inbound import InboundChatMessageSent
from tests.bench import tenant as tenants
from tests.bench.figures import REFERENCE_LOOP, Figure, at_least, table, told
from tests.bench.http_load import post_all
from tests.bench.progress import Progress
from tests.bench.servers import Servers

SESSIONS, TURNS = 6_000, 10
MAILS = 15_000
CHATS_PER_SECOND, MAILS_PER_SECOND = 1_000.0, 250.0
GROWTH, LEAST_GROWTH = 0.05, 16 * 1024 * 1024


async def run(servers: Servers) -> list[Figure]:
    """Figures: messages/s, CPU µs/message of each service, growth of each service's memory."""
    suite = servers.suite()
    figures = []
    for name, load in (("chat", _chats), ("mail", _mails)):
        tenant = f"bench-{name}-{int(time.time())}"
        token = await tenants.make(suite, tenant)
        async with Progress(servers.postgres, suite, tenant) as progress:
            measured = await _measure(name, load(servers, tenant, token), servers, progress)
        print(table(measured), flush=True)
        figures += measured
    return figures


@dataclass(frozen=True)
class Load:
    """What to feed: how many messages in how many tickets, the goal, and the feeding itself."""

    messages: int
    tickets: int
    per_second: float
    feed: Coroutine[Any, Any, object]


def scaled(goal: float, servers: Servers) -> float:
    """An absolute goal on this machine, which may be slower than the one that it is for."""
    loop = servers.bare_loop
    return goal if loop is None else goal * min(1.0, loop / REFERENCE_LOOP)


def longer(goal: float, servers: Servers) -> float:
    """The same for a goal that is a time: the slower the machine, the longer it may take."""
    return goal / scaled(1.0, servers)


async def _measure(name: str, load: Load, servers: Servers, progress: Progress) -> list[Figure]:
    total, tickets = load.messages, load.tickets
    cpu, begun = progress.cpu(), time.perf_counter()
    task = asyncio.create_task(load.feed)
    await progress.until(lambda c: c["messages"] >= total * 0.2, 600)
    early = progress.memory()
    ended = await progress.until(
        lambda c: (
            c["messages"] >= total and min(c["assigned"], c["clocks"], c["counted"]) >= tickets
        ),
        900,
    )
    await task
    seconds = ended - begun
    figures = [
        told(f"{name}: messages", total, ""),
        at_least(f"{name}: messages/s through all five", total / seconds, "messages/s",
                 scaled(load.per_second, servers)),
    ]  # fmt: skip
    for service, spent in progress.cpu().items():
        used = (spent - cpu[service]) / total * 1e6
        figures.append(told(f"{name}: CPU of {service}", used, "µs/message"))
    for service, bytes_now in progress.memory().items():
        allowed = max(LEAST_GROWTH, GROWTH * early[service])
        grown = bytes_now - early[service]
        figures.append(
            Figure(f"{name}: growth of {service}", round(grown / 2**20, 1), "MiB",
                   f"≤ {allowed / 2**20:.0f}", grown <= allowed)
        )  # fmt: skip
    return figures


def _chats(servers: Servers, tenant: str, _token: str) -> Load:
    feed = _publish(servers, _chat_events(tenant))
    return Load(SESSIONS * TURNS, SESSIONS, CHATS_PER_SECOND, feed)


def _chat_events(tenant: str) -> Iterator[Event[InboundChatMessageSent]]:
    """Ten turns of each session, 1 KB of value each, sessions interleaved by the hundred."""
    for block in range(0, SESSIONS, 100):
        for turn in range(TURNS):
            for number in range(block, block + 100):
                session = f"{tenant}-{number}"
                data = InboundChatMessageSent(
                    session_id=session, message_id=f"{number}-{turn}", text="Hello there. " * 62,
                    sent_at=datetime.now(UTC),
                )  # fmt: skip
                yield Event(
                    id=f"{session}-{turn}", type=data.TYPE, source="/channels/chat",
                    subject=session, time=datetime.now(UTC), tenant=tenant, data=data,
                )  # fmt: skip


async def _publish(servers: Servers, events: Iterable[Event[InboundChatMessageSent]]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=servers.kafka.bootstrap_servers, linger_ms=20, compression_type="lz4"
    )
    await producer.start()
    sent = []
    for event in events:
        sent.append(
            await producer.send(
                "support.inbound.chat.v1", to_value(event.data), key=event.subject.encode(),
                headers=to_headers(event),
            )
        )  # fmt: skip
        if len(sent) == 2000:
            await asyncio.gather(*sent)
            sent.clear()
    await asyncio.gather(*sent)
    await producer.stop()


def _mails(servers: Servers, tenant: str, token: str) -> Load:
    bodies = [mail(tenant, number) for number in range(MAILS)]
    url = f"{servers.suite().addresses['ingest']}/v1/email/messages?channel=email"
    feed = post_all(url, token, "message/rfc822", bodies, 64)
    return Load(MAILS, MAILS // 2, MAILS_PER_SECOND, feed)


def mail(tenant: str, number: int) -> bytes:
    """A mail of 4 KB; every second one answers the one before it."""
    first = number - number % 2
    reply = f"In-Reply-To: <{first}@{tenant}.example>\r\n" if number % 2 else ""
    head = (
        f"From: Customer {first} <customer{first}@{tenant}.example>\r\n"
        f"To: help@bench.example\r\nSubject: {'Re: ' if reply else ''}Question {first}\r\n"
        f"Message-ID: <{number}@{tenant}.example>\r\n{reply}"
        f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S +0000}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    line = "The report for last month does not open, and the page stays empty.\r\n"
    return (head + line * 60)[:4096].encode()
