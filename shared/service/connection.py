"""One HTTP connection, which uvicorn serves; ours is that what it sends must come in time."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS: Final = 20.0
"""How long the headers of a request may take, from the first byte or from the connection on, and
what is left of a body that was answered before its end.
"""


class Connection(HttpToolsProtocol):
    """uvicorn's own, closed when half of a request does not go on.

    Between requests uvicorn itself ends an idle connection (timeout_keep_alive).
    """

    _unheard: asyncio.TimerHandle | None = None
    _is_whole = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come, and must say something."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """A request has begun."""
        super().on_message_begin()
        self._is_whole = False
        self._wait()

    def on_headers_complete(self) -> None:
        """Its headers are there; how fast its body comes is watched where it is read."""
        self._rest()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of a request is there."""
        self._is_whole = True
        self._rest()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered; what is left of its body must come soon, or the connection ends."""
        super().on_response_complete()
        if not self._is_whole:
            self._wait()

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
