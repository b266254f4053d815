"""One HTTP connection, which uvicorn serves; ours is that its headers must come in time."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS: Final = 20.0
"""How long the headers of a request may take, from the first byte or from the connection on."""


class Connection(HttpToolsProtocol):
    """uvicorn's own, closed when half of a request's head does not go on.

    Between requests uvicorn itself ends an idle connection (timeout_keep_alive).
    """

    _unheard: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come, and must say something."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """A request has begun."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """Its headers are there; how fast its body comes is watched where it is read."""
        self._rest()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._rest()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._rest()
        self._unheard = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _rest(self) -> None:
        if self._unheard is not None:
            self._unheard.cancel()
            self._unheard = None
