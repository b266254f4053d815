"""SMTP alone: mails accepted per second by 16 clients, and memory with fifty of 25 MB at once."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import httpx

from deploy.local.ports import free_port
from deploy.local.processes import Process
from tests.bench import tenant as tenants
from tests.bench.figures import Figure, at_least, at_most, told
from tests.bench.http_load import post_all
from tests.bench.machine import memory_bytes
from tests.bench.servers import Servers
from tests.bench.smtp_load import send_all
from tests.bench.suite import mail, scaled

MAILS, CLIENTS = 6_000, 16
ACCEPTED_PER_SECOND = 400.0
BIG_MAILS, BIG_MAIL = 50, 25_000_000


async def run(servers: Servers) -> list[Figure]:
    """Figures: accepted/s, not accepted, memory above idle with fifty large mails at once."""
    tenant = f"bench-smtp-{int(time.time())}"
    token = await tenants.make(servers.suite(), tenant)
    recipient = f"help@{tenant}.example"
    with alone(servers, "api") as (server, server_address, port):
        bodies = [mail(tenant, number) for number in range(MAILS)]
        begun = time.perf_counter()
        taken = await send_all(port, recipient, bodies, CLIENTS)
        seconds = time.perf_counter() - begun
        idle = memory_bytes(server.pid)
        stop = asyncio.Event()
        peak = asyncio.create_task(_peak(server, stop))
        head = b"Subject: big\r\n\r\n"
        big = [head + b"%04d" % n + b"x" * (BIG_MAIL - 30) for n in range(BIG_MAILS)]
        kept = await send_all(port, recipient, big, BIG_MAILS)
        stop.set()
        grown = (await peak - idle) / 2**20
        stop.clear()
        peak = asyncio.create_task(_peak(server, stop))
        url = f"{server_address}/v1/email/messages?channel=email"
        posted = await post_all(url, token, "message/rfc822", (b"H: \r\n" + one for one in big), 50)
        stop.set()
        grown_by_http = (await peak - idle) / 2**20
    goal = scaled(ACCEPTED_PER_SECOND, servers)
    return [
        at_least(f"smtp: accepted/s, {CLIENTS} clients", taken / seconds, "mails/s", goal),
        told("smtp: not accepted", MAILS - taken, ""),
        at_most("smtp: memory above idle, fifty of 25 MB at once", grown, "MiB", 1024),
        told("smtp: of these accepted", kept, ""),
        at_most("http: memory above idle, fifty of 25 MB at once", grown_by_http, "MiB", 1024),
        told("http: of these accepted", posted.accepted, ""),
    ]


@contextmanager
def alone(servers: Servers, role: str, **variables: str) -> Iterator[tuple[Process, str, int]]:
    """A process of one role of ingest, its address, its SMTP port; the suite rests meanwhile."""
    suite = servers.suite()
    http, smtp = free_port(), free_port()
    own = {"INGEST_HTTP_PORT": str(http), "INGEST_LISTEN_SMTP_PORT": str(smtp)} | variables
    program = suite.program("ingest", role)
    named = replace(
        program, name=f"{program.name}-alone", environment={**program.environment, **own}
    )
    for process in suite.processes:
        process.stop()
    server = servers.stack.process(named)
    server.start()
    try:
        server.wait_until(partial(_answers, f"http://127.0.0.1:{http}/live"), seconds=60)
        if role == "api":
            server.wait_until(partial(_listens, smtp), seconds=30)
        yield server, f"http://127.0.0.1:{http}", smtp
    finally:
        server.stop()
        for process in suite.processes:
            process.start()
        suite.wait_ready()


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(url, timeout=5).is_success
    return False


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2):
        return True
    return False


async def _peak(server: Process, stop: asyncio.Event) -> int:
    """The most memory that the process has until `stop` is set."""
    peak = 0
    while not stop.is_set():
        peak = max(peak, memory_bytes(server.pid))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.02)
    return peak
