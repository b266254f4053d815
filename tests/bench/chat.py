"""The live chat on one process: 2,000 sessions, each writing every 20 s, and agents answering."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer
from websockets.asyncio.client import ClientConnection, connect

from shared.contracts.envelope import Event, to_headers, to_value
from shared.contracts.outgoing import OutgoingRequested
from tests.bench import tenant as tenants
from tests.bench.figures import Figure, at_most, told
from tests.bench.servers import Servers

SESSIONS, EVERY, SECONDS = 2_000, 20.0, 60.0
SECOND_SOCKETS = 200
GOAL_MS = 100.0


@dataclass
class Times:
    """Milliseconds of each kind, and messages that did not come."""

    acked: list[float] = field(default_factory=list)
    echoed: list[float] = field(default_factory=list)
    pushed: list[float] = field(default_factory=list)
    sent: dict[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)


async def run(servers: Servers) -> list[Figure]:
    """Figures: p50 and p95 of ack, echo to a second socket, and an agent's answer pushed."""
    suite = servers.suite()
    tenant = f"bench-live-{int(time.time())}"
    await tenants.make(suite, tenant)
    base = suite.addresses["ingest"].replace("http://", "ws://")
    return await measure(f"{base}/v1/chat/chat?tenant={tenant}", Agents(servers, tenant))


class Agents:
    """Asks for answers as router does, through Kafka."""

    def __init__(self, servers: Servers, tenant: str) -> None:
        self._tenant = tenant
        self._producer = AIOKafkaProducer(bootstrap_servers=servers.kafka.bootstrap_servers)

    async def start(self) -> None:
        await self._producer.start()

    async def answer(self, session: UUID, text: str) -> None:
        data = OutgoingRequested(
            request_id=uuid4(), conversation_id=session, kind="reply", text=text,
            requested_by="bench", requested_at=datetime.now(UTC),
        )  # fmt: skip
        event = Event(
            id=str(uuid4()), type=data.TYPE, source="/deskstream/router", subject=str(session),
            time=datetime.now(UTC), tenant=self._tenant, data=data,
        )  # fmt: skip
        await self._producer.send_and_wait(
            "support.outgoing.v1", to_value(data), key=str(session).encode(),
            headers=to_headers(event),
        )  # fmt: skip

    async def stop(self) -> None:
        await self._producer.stop()


async def measure(
    url: str, agents: Any, sessions: int = SESSIONS, seconds: float = SECONDS
) -> list[Figure]:
    """The figures; agents: start, answer(session, text), stop."""
    times = Times()
    await agents.start()
    begun = time.perf_counter()
    lines = await _connect_all(url, sessions)
    connecting = time.perf_counter() - begun
    listeners = [asyncio.create_task(_listen(line, times, first=True)) for line, _ in lines]
    for number, (_, hello) in enumerate(lines[:SECOND_SOCKETS]):
        line, _ = await _hello(url, _address(100_000 + number), token=hello["token"])
        listeners.append(asyncio.create_task(_listen(line, times, first=False)))
    until = time.perf_counter() + seconds
    writers = [asyncio.create_task(_write(line, times, until)) for line, _ in lines]
    answering = asyncio.create_task(_answer(lines, agents, times, until))
    await asyncio.gather(*writers, answering)
    await asyncio.sleep(2)
    for task in listeners:
        task.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    await agents.stop()
    return _figures(times, sessions, connecting)


def _figures(times: Times, sessions: int, connecting: float) -> list[Figure]:
    figures = [
        told("chat: sessions", sessions, ""),
        told("chat: sessions connected/s", sessions / connecting, "1/s"),
        told("chat: messages", len(times.acked), ""),
    ]
    for name, measured in (
        ("sent → acked", times.acked),
        ("sent → second socket", times.echoed),
        ("answer asked → pushed", times.pushed),
    ):
        figures.append(told(f"chat: {name}, p50", _at(measured, 0.5), "ms"))
        figures.append(at_most(f"chat: {name}, p95", _at(measured, 0.95), "ms", GOAL_MS))
    missing = len(times.sent) + len(times.asked)
    return [*figures, at_most("chat: not acked, not pushed", missing, "", 0)]


async def _connect_all(url: str, count: int) -> list[tuple[ClientConnection, dict[str, Any]]]:
    lines = []
    for begin in range(0, count, 40):
        some = range(begin, min(begin + 40, count))
        lines += await asyncio.gather(*(_hello(url, _address(begin)) for _ in some))
    return lines


def _address(number: int) -> str:
    """Forty visitors share an address: one has 50 sockets at most."""
    return f"127.0.{number // 40 // 250}.{number // 40 % 250 + 2}"


async def _hello(url: str, address: str, **hello: str) -> tuple[ClientConnection, dict[str, Any]]:
    line = await connect(
        url, compression=None, ping_interval=None, open_timeout=60, local_addr=(address, 0)
    )
    await line.send(json.dumps({"type": "hello", **hello}))
    return line, json.loads(await line.recv())


async def _listen(line: ClientConnection, times: Times, *, first: bool) -> None:
    async for text in line:
        now, frame = time.perf_counter(), json.loads(text)
        if frame["type"] == "ack" and frame["id"] in times.sent:
            times.acked.append((now - times.sent.pop(frame["id"])) * 1000)
        elif frame["type"] == "entry" and frame["kind"] == "message" and not first:
            times.echoed.append((now - float(frame["text"].split()[0])) * 1000)
        elif frame["type"] == "entry" and frame["kind"] == "reply" and first:
            times.pushed.append((now - times.asked.pop(frame["text"])) * 1000)


async def _write(line: ClientConnection, times: Times, until: float) -> None:
    """Every 20 s, beginning at any moment of the first 20."""
    await asyncio.sleep(secrets.randbelow(int(EVERY * 1000)) / 1000)
    while time.perf_counter() < until:
        id = secrets.token_hex(8)
        times.sent[id] = time.perf_counter()
        text = f"{times.sent[id]} Where is my invoice? It should have come last week."
        await line.send(json.dumps({"type": "message", "id": id, "text": text}))
        await asyncio.sleep(EVERY)


async def _answer(
    lines: list[tuple[ClientConnection, dict[str, Any]]], agents: Any, times: Times, until: float
) -> None:
    """An answer for every second message: the sessions that have written, one after another."""
    await asyncio.sleep(EVERY)
    pause = 2 * EVERY / len(lines)
    for number in range(10**9):
        if time.perf_counter() >= until:
            return
        session = UUID(lines[number % len(lines)][1]["session"])
        text = f"answer {number}"
        times.asked[text] = time.perf_counter()
        await agents.answer(session, text)
        await asyncio.sleep(pause)


def _at(measured: list[float], share: float) -> float:
    ordered = sorted(measured)
    return ordered[int(len(ordered) * share)] if ordered else float("inf")
