"""The engine against the bare loop: same work, same broker and database, in turns."""

import asyncio
import json
import statistics
import sys
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts import catalog
from shared.contracts.envelope import Event, to_headers, to_value
from shared.contracts.inbound import InboundChatMessageSent
from shared.contracts.suggestions import ArticlesSuggested
from shared.messaging.ids import new_id
from tests.bench.figures import Figure, at_least, told
from tests.bench.servers import Servers

MESSAGES = 60_000
KEYS = 5_000
ROUNDS = 3


async def run(servers: Servers) -> list[Figure]:
    """Figures: messages/s of both, their ratio (median of the pairs), CPU µs/message of both."""
    bare: list[dict[str, float]] = []
    ours: list[dict[str, float]] = []
    for turn in range(ROUNDS):
        topic = await _loaded_topic(servers, turn)
        bare.append(await _bare(servers, topic))
        ours.append(await _ours(servers, topic))
    ratios = [a["rate"] / b["rate"] for a, b in zip(ours, bare, strict=True)]
    loop = statistics.median(b["rate"] for b in bare)
    servers.bare_loop = loop
    return [
        told("engine: bare loop", loop, "messages/s"),
        told("engine: bare loop CPU", statistics.median(b["cpu"] for b in bare), "µs/message"),
        told("engine: ours", statistics.median(a["rate"] for a in ours), "messages/s"),
        told("engine: ours CPU", statistics.median(a["cpu"] for a in ours), "µs/message"),
        at_least("engine: ratio to the bare loop", statistics.median(ratios), "", 0.7),
    ]


async def _loaded_topic(servers: Servers, turn: int) -> str:
    topic = f"support.inbound.bench.{turn}.{new_id().hex[:8]}"
    await make_topics(servers, topic, f"{topic}.out", catalog.topic_of(ArticlesSuggested).name)
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka.bootstrap_servers, linger_ms=20)
    await producer.start()
    sent = []
    for number in range(MESSAGES):
        sent.append(await producer.send(topic, *_event(number)[:2], headers=_event(number)[2]))
        if len(sent) >= 5000:
            await asyncio.gather(*sent)
            sent.clear()
    await asyncio.gather(*sent)
    await producer.stop()
    return topic


def _event(number: int) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """(value, key, headers) of the `number`-th input, 600 bytes of value."""
    session = f"session-{number % KEYS}"
    data = InboundChatMessageSent(
        session_id=session, message_id=str(number), text="x" * 420, sent_at=datetime.now(UTC)
    )
    event = Event(
        id=str(new_id()), type=data.TYPE, source="/channels/bench", subject=session,
        time=datetime.now(UTC), tenant="bench", data=data,
    )  # fmt: skip
    return to_value(data), session.encode(), to_headers(event)


async def make_topics(servers: Servers, *names: str) -> None:
    """Topics of four partitions, those that are not there yet."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka.bootstrap_servers)
    await admin.start()
    missing = [name for name in names if name not in await admin.list_topics()]
    await admin.create_topics([NewTopic(name, 4, 1) for name in missing])
    await admin.close()


async def _bare(servers: Servers, topic: str) -> dict[str, float]:
    dsn = servers.postgres.database("sla")
    return await _measured(
        "tests.bench.engine_bare", dsn, servers.kafka.bootstrap_servers, topic, f"{topic}.out"
    )


async def _ours(servers: Servers, topic: str) -> dict[str, float]:
    dsn = servers.postgres.database("router")
    return await _measured("tests.bench.engine_ours", dsn, servers.kafka.bootstrap_servers, topic)


async def _measured(module: str, *arguments: str) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, str(MESSAGES), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    measured: dict[str, float] = json.loads(output)
    return measured
