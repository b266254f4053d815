"""ingest's memory over a hundred thousand mails: what it has after a fifth, it has at the end."""

import asyncio
import time
from collections.abc import Iterator
from itertools import islice

import asyncpg

from tests.bench import tenant as tenants
from tests.bench.figures import Figure, growth, told
from tests.bench.http_load import post_all
from tests.bench.machine import memory_bytes
from tests.bench.servers import Servers
from tests.bench.smtp import alone
from tests.bench.varied_mails import varied

MAILS, CHUNK, CLIENTS = 100_000, 2_500, 16
EARLY = 0.2
_READ = "SELECT count(parsed_at) FROM raw_mail WHERE tenant = $1"


async def run(servers: Servers) -> list[Figure]:
    """Figures: mails, those not accepted, mails/s, growth of a process with all of ingest's roles.

    The other services rest meanwhile.
    """
    tenant = f"bench-memory-{int(time.time())}"
    token = await tenants.make(servers.suite(), tenant)
    connection = await asyncpg.connect(servers.suite().environment("ingest")["DATABASE_URL"])
    mails = (varied(tenant, number) for number in range(MAILS))
    early = accepted = 0
    with alone(servers, "all") as (server, address, _):
        begun = time.perf_counter()
        url = f"{address}/v1/email/messages?channel=email"
        for done in _chunks():
            chunk = list(islice(mails, CHUNK))
            answers = await post_all(url, token, "message/rfc822", chunk, CLIENTS)
            accepted += answers.accepted
            await _until_read(connection, tenant, accepted)
            memory = memory_bytes(server.pid)
            early = early or (memory if done >= EARLY * MAILS else 0)
            print(f"memory: {done} mails, {memory / 2**20:.0f} MiB", flush=True)
        seconds = time.perf_counter() - begun
    await connection.close()
    return [
        told("memory: mails", MAILS, ""),
        told("memory: not accepted", MAILS - accepted, ""),
        told("memory: mails/s", accepted / seconds, "mails/s"),
        growth("memory: growth of ingest from 20 % on", early, memory),
    ]


def _chunks() -> Iterator[int]:
    """How many mails have been sent after each chunk."""
    return (min(first + CHUNK, MAILS) for first in range(0, MAILS, CHUNK))


async def _until_read(connection: asyncpg.Connection, tenant: str, count: int) -> None:
    deadline = time.monotonic() + 120
    while (read := await connection.fetchval(_READ, tenant)) < count:
        assert time.monotonic() < deadline, f"{read} of {count} mails are read"
        await asyncio.sleep(0.1)
