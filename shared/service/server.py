"""The HTTP server of a process: uvicorn on a socket of ours, stopped by us and not by signals."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

import uvicorn

from shared.service.api import Api
from shared.service.connection import Connection

_LONGEST_FRAME: Final = 256 * 1024
"""Bytes of a WebSocket message; a longer one closes its socket with 1009. A text of 64 KiB fits,
escaped as JSON allows."""


class PortBusy(Exception):
    """The address cannot be listened on; the text says which and why."""


class HttpServer:
    """Serves an app until told to stop, then lets running requests finish."""

    def __init__(self, app: Api, host: str, port: int) -> None:
        """port 0 takes any free one. Raises PortBusy."""
        self._socket = _listen(host, port)
        self._server = _Server(
            uvicorn.Config(
                app,
                http=Connection,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                # Served where a route asks for it and the library is there; a service without
                # such routes does without.
                ws="websockets-sansio" if find_spec("websockets") else "none",
                ws_max_size=_LONGEST_FRAME,
                ws_per_message_deflate=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=8,
            )
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        found: int = self._socket.getsockname()[1]
        return found

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set and the running requests are answered (8 s at most)."""
        serving = asyncio.create_task(self._server.serve([self._socket]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        self._server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process, which has more to stop than this server."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise PortBusy(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
