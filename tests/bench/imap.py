"""A backlog of 20,000 mails in a mailbox of a real IMAP server, fetched by one process."""

import asyncio
import os
import time

import asyncpg
import httpx

from tests.bench import tenant as tenants
from tests.bench.figures import Figure, at_least
from tests.bench.servers import Servers
from tests.bench.smtp import alone
from tests.bench.suite import mail, scaled
from tests.ingest import dovecot

MAILS = 20_000
FETCHED_PER_SECOND = 300.0


async def run(servers: Servers) -> list[Figure]:
    """Figure: mails fetched and stored per second; none where there is no dovecot."""
    if dovecot.PROGRAM is None:
        print(f"imap: {dovecot.MISSING}", flush=True)
        return []
    tenant = f"bench-imap-{int(time.time())}"
    token = await tenants.make(servers.suite(), tenant)
    secret = f"INGEST_SECRET_{tenant.upper().replace('-', '_')}__IMAP"
    with dovecot.running() as server:
        await _set_up(servers, token, tenant, server, secret)
        os.sync()
        with alone(servers, "tick", **{secret: dovecot.PASSWORD}):
            for number in range(MAILS):
                server.deliver("backlog", mail(tenant, number))
            begun = time.perf_counter()
            await _wake(servers, tenant)
            await _until_stored(servers, tenant)
            seconds = time.perf_counter() - begun
    goal = scaled(FETCHED_PER_SECOND, servers)
    return [at_least(f"imap: backlog of {MAILS}", MAILS / seconds, "mails/s", goal)]


async def _set_up(
    servers: Servers, token: str, tenant: str, server: dovecot.Dovecot, secret: str
) -> None:
    account = {
        "kind": "email", "name": "Backlog", "address": f"backlog@{tenant}.example",
        "settings": {"imap": {"host": "127.0.0.1", "port": server.port, "tls": "none",
                              "user": "backlog", "after": "move:Done"}},
        "secrets": {"imap-password": f"env:{secret}"},
    }  # fmt: skip
    url = f"{servers.suite().addresses['ingest']}/v1/channels/backlog"
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as client:
        (await client.put(url, json=account)).raise_for_status()


async def _query(servers: Servers, statement: str, tenant: str) -> int:
    url = servers.suite().environment("ingest")["DATABASE_URL"]
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(statement, tenant) or 0)
    finally:
        await connection.close()


async def _wake(servers: Servers, tenant: str) -> None:
    """Whatever went wrong while the mailbox had no secret: try now."""
    due = "UPDATE mailbox SET due_at = now(), failures = 0 WHERE tenant = $1 RETURNING 1"
    await _query(servers, due, tenant)


async def _until_stored(servers: Servers, tenant: str) -> None:
    count = "SELECT count(*) FROM raw_mail WHERE tenant = $1 AND account = 'backlog'"
    deadline = time.monotonic() + 600
    while (stored := await _query(servers, count, tenant)) < MAILS:
        assert time.monotonic() < deadline, f"{stored} of {MAILS} mails"
        await asyncio.sleep(0.1)
