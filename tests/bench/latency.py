"""From a mail's 202 to its ticket.assigned readable on Kafka, at 200 mails per second."""

import asyncio
import time

import msgspec
from aiokafka import AIOKafkaConsumer

from tests.bench import tenant as tenants
from tests.bench.figures import Figure, at_most, told
from tests.bench.http_load import post_all
from tests.bench.servers import Servers
from tests.bench.suite import longer

RATE, SECONDS, WARM_UP, CLIENTS = 200, 30, 5, 32


class _Ticket(msgspec.Struct):
    subject: str


class _Assigned(msgspec.Struct):
    ticket: _Ticket


_assigned = msgspec.json.Decoder(_Assigned).decode


async def run(servers: Servers) -> list[Figure]:
    """Figures: p50, p95 and p99 in milliseconds, after five seconds of warming up."""
    suite = servers.suite()
    tenant = f"bench-latency-{int(time.time())}"
    token = await tenants.make(suite, tenant)
    seen: dict[int, float] = {}
    reading = asyncio.create_task(_read(servers, tenant, seen))
    url = f"{suite.addresses['ingest']}/v1/email/messages?channel=email"
    mails = [_mail(tenant, number) for number in range(RATE * SECONDS)]
    answers = await post_all(url, token, "message/rfc822", mails, CLIENTS, RATE)
    await asyncio.wait_for(reading, 60)
    answered = answers.answered_at
    goal = longer(250, servers)
    late = sorted(seen[n] - answered[n] for n in range(RATE * WARM_UP, RATE * SECONDS))
    return [
        told("latency: p50 at 200/s", late[len(late) // 2] * 1e3, "ms"),
        at_most("latency: p95 at 200/s", late[int(len(late) * 0.95)] * 1e3, "ms", goal),
        told("latency: p99 at 200/s", late[int(len(late) * 0.99)] * 1e3, "ms"),
    ]


def _mail(tenant: str, number: int) -> bytes:
    return (
        f"From: c{number}@{tenant}.example\r\nTo: help@bench.example\r\nSubject: n{number}\r\n"
        f"Message-ID: <{number}@{tenant}.example>\r\n\r\nHello, it does not open.\r\n"
    ).encode()


async def _read(servers: Servers, tenant: str, seen: dict[int, float]) -> None:
    consumer = AIOKafkaConsumer(
        "support.tickets.v1", bootstrap_servers=servers.kafka.bootstrap_servers,
        auto_offset_reset="latest",
    )  # fmt: skip
    await consumer.start()
    while len(seen) < RATE * SECONDS:
        for records in (await consumer.getmany(timeout_ms=5)).values():
            now = time.perf_counter()
            for record in records:
                headers = dict(record.headers)
                ours = headers["ce_tenant"].decode() == tenant
                if ours and headers["ce_type"] == b"support.ticket.assigned.v1":
                    seen[int(_assigned(record.value).ticket.subject[1:])] = now
    await consumer.stop()
