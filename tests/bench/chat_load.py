"""Visitors and agents of the chat benchmark: `python -m tests.bench.chat_load URL TENANT KAFKA`.

Prints one JSON object: milliseconds of each kind, and how many messages did not come. Everybody
says something within the first 20 s, which opens 2,000 tickets; that is told apart. What is
measured comes after it, once the conversations are under way.
"""

import asyncio
import json
import secrets
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import uvloop
from aiokafka import AIOKafkaProducer
from websockets.asyncio.client import ClientConnection, connect

from shared.contracts.envelope import Event, to_headers, to_value
from shared.contracts.outgoing import OutgoingRequested

SESSIONS, EVERY, SECONDS = 2_000, 20.0, 60.0
SECOND_SOCKETS = 200
SETTLING = 5.0
"""Seconds after the last first message: what those have brought about is through by then."""

Line = tuple[ClientConnection, dict[str, Any]]


@dataclass
class Times:
    """Milliseconds of each kind, and when what has not come yet was sent, by its id or text."""

    since: float
    first: list[float] = field(default_factory=list)
    acked: list[float] = field(default_factory=list)
    echoed: list[float] = field(default_factory=list)
    pushed: list[float] = field(default_factory=list)
    sent: dict[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)

    def add(self, measured: list[float], sent_at: float, now: float) -> None:
        """Keeps one time, where it counts."""
        if sent_at >= self.since:
            measured.append((now - sent_at) * 1000)
        elif measured is self.acked:
            self.first.append((now - sent_at) * 1000)


class Agents:
    """Asks for answers as router does, through Kafka."""

    def __init__(self, tenant: str, kafka: str) -> None:
        self._tenant = tenant
        self._producer = AIOKafkaProducer(bootstrap_servers=kafka)

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


async def load(url: str, agents: Agents, sessions: int, seconds: float) -> dict[str, Any]:
    """Connects everybody, then writes and answers for `seconds` after the beginning."""
    await agents.start()
    begun = time.perf_counter()
    lines = await _connect_all(url, sessions)
    connecting = time.perf_counter() - begun
    seconds_lines = [
        await _hello(url, _address(100_000 + number), token=hello["token"])
        for number, (_, hello) in enumerate(lines[:SECOND_SOCKETS])
    ]
    times = Times(since=time.perf_counter() + EVERY + SETTLING)
    until = times.since + seconds
    listeners = [asyncio.create_task(_listen(line, times, first=True)) for line, _ in lines]
    listeners += [
        asyncio.create_task(_listen(line, times, first=False)) for line, _ in seconds_lines
    ]
    writers = [asyncio.create_task(_write(line, times, until)) for line, _ in lines]
    await asyncio.gather(*writers, _answer(lines, agents, times, until))
    await asyncio.sleep(2)
    for task in listeners:
        task.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    await agents.stop()
    return {
        "sessions": sessions, "connected_per_second": sessions / connecting,
        "first": times.first, "acked": times.acked, "echoed": times.echoed,
        "pushed": times.pushed, "missing": len(times.sent) + len(times.asked),
    }  # fmt: skip


async def _connect_all(url: str, count: int) -> list[Line]:
    lines: list[Line] = []
    for begin in range(0, count, 40):
        some = range(begin, min(begin + 40, count))
        lines += await asyncio.gather(*(_hello(url, _address(number)) for number in some))
    return lines


def _address(number: int) -> str:
    """Forty visitors share an address: one has 50 sockets at most."""
    return f"127.0.{number // 40 // 250}.{number // 40 % 250 + 2}"


async def _hello(url: str, address: str, **hello: str) -> Line:
    line = await connect(
        url, compression=None, ping_interval=None, open_timeout=60, local_addr=(address, 0)
    )
    await line.send(json.dumps({"type": "hello", **hello}))
    return line, json.loads(await line.recv())


async def _listen(line: ClientConnection, times: Times, *, first: bool) -> None:
    async for text in line:
        now, frame = time.perf_counter(), json.loads(text)
        if frame["type"] == "ack" and frame["id"] in times.sent:
            times.add(times.acked, times.sent.pop(frame["id"]), now)
        elif frame["type"] == "entry" and frame["kind"] == "message" and not first:
            times.add(times.echoed, float(frame["text"].split()[0]), now)
        elif frame["type"] == "entry" and frame["kind"] == "reply" and first:
            times.add(times.pushed, times.asked.pop(frame["text"]), now)


async def _write(line: ClientConnection, times: Times, until: float) -> None:
    """Every 20 s, beginning at any moment of the first 20."""
    await asyncio.sleep(secrets.randbelow(int(EVERY * 1000)) / 1000)
    while time.perf_counter() < until:
        id = secrets.token_hex(8)
        times.sent[id] = time.perf_counter()
        text = f"{times.sent[id]} Where is my invoice? It should have come last week."
        await line.send(json.dumps({"type": "message", "id": id, "text": text}))
        await asyncio.sleep(EVERY)


async def _answer(lines: list[Line], agents: Agents, times: Times, until: float) -> None:
    """An answer for every second message: the sessions that have written, one after another."""
    await asyncio.sleep(EVERY)
    begun, pause = time.perf_counter(), 2 * EVERY / len(lines)
    for number in range(int((until - begun) / pause)):
        await asyncio.sleep(max(0.0, begun + number * pause - time.perf_counter()))
        session = UUID(lines[number % len(lines)][1]["session"])
        text = f"answer {number}"
        times.asked[text] = time.perf_counter()
        await agents.answer(session, text)


def main(url: str, tenant: str, kafka: str) -> None:
    """Measures and prints."""

    async def run() -> dict[str, Any]:
        return await load(url, Agents(tenant, kafka), SESSIONS, SECONDS)

    print(json.dumps(uvloop.run(run())))


if __name__ == "__main__":
    main(*sys.argv[1:])
