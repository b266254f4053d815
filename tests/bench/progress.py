"""How far the suite has come, counted in each service's own database."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter

import asyncpg

from deploy.local.postgres import Postgres
from deploy.local.suite import Suite
from tests.bench.machine import cpu_seconds, memory_bytes

COUNTS = {
    "messages": ("router", "SELECT coalesce(sum(message_count), 0) FROM tickets WHERE tenant = $1"),
    "assigned": (
        "router",
        "SELECT count(*) FROM tickets WHERE tenant = $1 AND assignee IS NOT NULL",
    ),
    "clocks": ("sla", "SELECT count(*) FROM clock WHERE tenant = $1 AND kind = 'first-response'"),
    "counted": (
        "metrics",
        "SELECT coalesce(sum(counted), 0) FROM cell WHERE tenant = $1 AND grain = 'day'"
        " AND metric = 'ticket-volume'",
    ),
}
"""What "done" is counted by: messages in tickets, tickets assigned, clocks armed, KPI counted."""


@dataclass
class Progress:
    """The counts of one run, over time, with the CPU and memory that the processes took."""

    postgres: Postgres
    suite: Suite
    tenant: str
    counts: dict[str, int] = field(default_factory=dict)
    connections: dict[str, asyncpg.Connection] = field(default_factory=dict)

    async def __aenter__(self) -> "Progress":
        for service in {service for service, _ in COUNTS.values()}:
            self.connections[service] = await asyncpg.connect(self.postgres.url(service))
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self.connections.values():
            await connection.close()

    async def look(self) -> Mapping[str, int]:
        """The counts now."""
        for name, (service, query) in COUNTS.items():
            self.counts[name] = int(await self.connections[service].fetchval(query, self.tenant))
        return self.counts

    async def until(
        self, done: Callable[[Mapping[str, int]], bool], seconds: float, at: float = 0.0
    ) -> float:
        """The moment (perf_counter) at which `done` held, looked at four times a second."""
        limit = perf_counter() + seconds
        while not done(await self.look()):
            assert perf_counter() < limit, f"after {seconds} s: {self.counts}"
            await asyncio.sleep(0.25)
        return perf_counter()

    def cpu(self) -> dict[str, float]:
        """CPU seconds of each service, by name."""
        return {name: cpu_seconds(p.pid) for name, p in self.suite.services.items()}

    def memory(self) -> dict[str, int]:
        """Resident bytes of each service, by name."""
        return {name: memory_bytes(p.pid) for name, p in self.suite.services.items()}
