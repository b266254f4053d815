"""`make run`: the servers, all five services and the demo tenant, until Ctrl-C."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Mapping

from deploy.local import demo, kafka_jars, tour
from deploy.local.holding import until_one_ends
from deploy.local.kafka_tansu import LIMITS
from deploy.local.ports import documented
from deploy.local.servers import Servers, require_free_ports
from deploy.local.stack import RUN, Stack
from deploy.local.suite import Suite
from deploy.local.whereabouts import note_ports

TOKEN = """
A token for the tenant `demo`, good for a day:

export TOKEN={token}

The tour (README.md says what you see), for another terminal in this folder:

{tour}"""


def run() -> None:
    """Run the whole suite until Ctrl-C; StackFailure when something ends or fails by itself."""
    # A background job of a shell begins with Ctrl-C ignored; here it is the way to stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    begun, ports = time.monotonic(), documented()
    with contextlib.suppress(KeyboardInterrupt), Stack(RUN, durable=True) as stack:
        require_free_ports(ports)
        note_ports(ports)
        if reason := kafka_jars.missing():
            _say(f"{reason}: {LIMITS}")
        _say("starting PostgreSQL, Valkey, Kafka and the mail sink")
        servers = Servers.of(stack, ports)
        servers.start()
        _say("making topics and tables, starting ingest, router, sla, metrics and kb")
        suite = Suite(stack, servers.surroundings, ports)
        suite.start()
        _say("loading the demo tenant")
        asyncio.run(_load_demo(suite))
        _welcome({**servers.addresses, **suite.addresses}, suite, ports)
        _say(f"ready after {time.monotonic() - begun:.0f} s; Ctrl-C stops everything")
        until_one_ends([*servers.processes, *suite.processes])
    _say("stopped; data stay in .run (make clean removes them)")


async def _load_demo(suite: Suite) -> None:
    setup = suite.token(demo.TENANT, "setup", "admin", "platform")
    await demo.load(suite.addresses, setup, RUN / "demo-loaded")
    await demo.until_known(suite.addresses, suite.token(demo.TENANT, "probe", "operator"))


def _welcome(addresses: Mapping[str, str], suite: Suite, ports: Mapping[str, int]) -> None:
    token = suite.token(demo.TENANT, "demo", "admin", "operator", "platform", hours=24)
    print()
    for name, address in addresses.items():
        print(f"{name:12}{address}")
    print(f"{'mails in':12}smtp://127.0.0.1:{suite.mail_in} (to help@demo.example)")
    print(TOKEN.format(token=token, tour=tour.script(ports)))


def _say(text: str) -> None:
    print(text, flush=True)
