"""The live chat on one process: 2,000 sessions, each writing every 20 s, and agents answering.

The visitors and the agents are a process of their own (`tests.bench.chat_load`), as they are in
production: what they see is measured, not how fast they are beside this one.
"""

import asyncio
import json
import sys
import time
from typing import Any

from deploy.local.processes import CHECKOUT
from tests.bench import tenant as tenants
from tests.bench.figures import Figure, at_most, told
from tests.bench.servers import Servers
from tests.bench.suite import longer

GOAL_MS = 100.0
KINDS = (
    ("first messages, all within 20 s: sent → acked", "first"),
    ("sent → acked", "acked"),
    ("sent → second socket", "echoed"),
    ("answer asked of Kafka → pushed", "pushed"),
)


async def run(servers: Servers) -> list[Figure]:
    """Figures: p50 and p95 of ack, echo to a second socket, and an agent's answer pushed."""
    suite = servers.suite()
    tenant = f"bench-live-{int(time.time())}"
    await tenants.make(suite, tenant)
    base = suite.addresses["ingest"].replace("http://", "ws://")
    kafka = servers.kafka.bootstrap_servers
    measured = await _load(f"{base}/v1/chat/chat?tenant={tenant}", tenant, kafka)
    return figures(measured, longer(GOAL_MS, servers))


async def _load(*arguments: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.chat_load", *arguments,
        cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the visitors ended with {process.returncode}")
    measured: dict[str, Any] = json.loads(said)
    return measured


def figures(measured: dict[str, Any], goal: float) -> list[Figure]:
    """What `chat_load` has said, as figures. goal: milliseconds, of each p95."""
    found = [
        told("chat: sessions", measured["sessions"], ""),
        told("chat: sessions connected/s", measured["connected_per_second"], "1/s"),
        told("chat: messages", len(measured["acked"]), ""),
        told("chat: answers", len(measured["pushed"]), ""),
    ]
    for name, kind in KINDS:
        found.append(told(f"chat: {name}, p50", _at(measured[kind], 0.5), "ms"))
        found.append(at_most(f"chat: {name}, p95", _at(measured[kind], 0.95), "ms", goal))
    return [*found, at_most("chat: not acked, not pushed", measured["missing"], "", 0)]


def _at(measured: list[float], share: float) -> float:
    ordered = sorted(measured)
    return ordered[int(len(ordered) * share)] if ordered else float("inf")
