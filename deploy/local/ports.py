"""TCP ports of the local stack: fixed and documented for people, free ones for tests."""

import os
import random
import socket
from collections.abc import Mapping

from deploy.local.processes import StackFailure

DOCUMENTED = {
    "postgres": 55432,
    "valkey": 56379,
    "kafka": 59092,
    "kafka_controller": 59093,
    "smtp": 52525,
    "mail_in": 8025,
    "ingest": 8001,
    "router": 8002,
    "sla": 8003,
    "metrics": 8004,
    "kb": 8005,
}


def documented() -> Mapping[str, int]:
    """The fixed port of each server and service, or what DESKSTREAM_PORT_<NAME> says instead."""
    return {name: _documented(name) for name in DOCUMENTED}


def free() -> Mapping[str, int]:
    """A free port for each server and service."""
    return {name: free_port() for name in DOCUMENTED}


def _documented(name: str) -> int:
    variable = f"DESKSTREAM_PORT_{name.upper()}"
    given = os.environ.get(variable)
    if given is None:
        return DOCUMENTED[name]
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise StackFailure(f"{variable}={given} is not a port: give a number from 1 to 65535")
    return int(given)


def require_free(name: str, port: int) -> None:
    """StackFailure when somebody listens on `port` already."""
    if not _is_free(port):
        raise StackFailure(
            f"port {port} for {name} is busy: end what listens there,"
            f" or set DESKSTREAM_PORT_{name.upper()} to another port"
        )


def free_port() -> int:
    """A free port below the range that the system gives to outgoing connections.

    So it is still free when a server that a test killed is started again.
    """
    for _ in range(1000):
        port = random.randint(15_000, 31_999)
        if _is_free(port):
            return port
    raise StackFailure("no free port between 15000 and 31999")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
