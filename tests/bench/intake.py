"""HTTP intake alone: mails accepted per second by 64 clients that wait for each answer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import httpx

from deploy.local.ports import free_port
from deploy.local.processes import Process
from tests.bench import tenant as tenants
from tests.bench.figures import Figure, at_least, told
from tests.bench.http_load import post_all
from tests.bench.machine import cpu_seconds
from tests.bench.servers import Servers
from tests.bench.suite import mail, scaled

MAILS, CLIENTS = 12_000, 64
ACCEPTED_PER_SECOND = 1_500.0


async def run(servers: Servers) -> list[Figure]:
    """Figures: accepted/s, answers other than 202, CPU.

    One process plays ingest's role `api`, as in production; its other roles, which work on what
    was accepted, and the other services are stopped meanwhile.
    """
    suite = servers.suite()
    tenant = f"bench-intake-{int(time.time())}"
    token = await tenants.make(suite, tenant)
    bodies = [mail(tenant, number) for number in range(MAILS)]
    with _api_alone(servers) as (server, address):
        url = f"{address}/v1/email/messages?channel=email"
        used = {name: cpu_seconds(pid) for name, pid in _pids(servers, server).items()}
        spent, begun = time.process_time(), time.perf_counter()
        answers = await post_all(url, token, "message/rfc822", bodies, CLIENTS)
        seconds, spent = time.perf_counter() - begun, time.process_time() - spent
        used = {name: cpu_seconds(pid) - used[name]
                for name, pid in _pids(servers, server).items()}  # fmt: skip
    return [
        at_least("intake: accepted/s, 64 clients", answers.accepted / seconds, "mails/s",
                 scaled(ACCEPTED_PER_SECOND, servers)),
        told("intake: not accepted", MAILS - answers.accepted, ""),
        told("intake: CPU of the clients", spent / MAILS * 1e6, "µs/mail"),
        *(told(f"intake: CPU of {name}", each / MAILS * 1e6, "µs/mail")
          for name, each in used.items()),
    ]  # fmt: skip


def _pids(servers: Servers, server: Process) -> dict[str, int]:
    return {"the api role": server.pid, "PostgreSQL": servers.local.postgres.process.pid}


@contextmanager
def _api_alone(servers: Servers) -> Iterator[tuple[Process, str]]:
    """A process of the role `api` and its address. The suite stops once it knows all tenants."""
    suite, port = servers.suite(), free_port()
    program = suite.program("ingest", "api")
    own_port = {**program.environment, "INGEST_HTTP_PORT": str(port)}
    server = servers.stack.process(replace(program, environment=own_port))
    server.start()
    address = f"http://127.0.0.1:{port}"
    server.wait_until(partial(_ready, f"{address}/ready"), seconds=60)
    for process in suite.processes:
        process.stop()
    try:
        yield server, address
    finally:
        server.stop()
        for process in suite.processes:
            process.start()
        suite.wait_ready()


def _ready(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).is_success
    except httpx.HTTPError:
        return False
