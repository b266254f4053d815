"""How slowly a body may come: whoever sends one holds memory and a place that others wait for."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from starlette.types import Message, Receive

from shared.service.problems import TooSlow

PATIENCE: Final = 20.0
"""Seconds that a body may stand still at most, at its beginning and in the middle."""
BYTES_A_SECOND: Final = 64 * 1024 / 10
"""What it must keep up on average: 52 kbit/s, a tenth of what a slow mobile line gives."""


class PacedBody:
    """Receives one request's body, and gives it up once it comes too slowly.

    Waiting uses the patience up, bytes bring it back. What the app itself takes, such as waiting
    for room, does not count: only time spent waiting for the sender does.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._patience = PATIENCE
        self._is_whole = False

    async def receive(self) -> Message:
        """The next piece. Raises TooSlow."""
        if self._is_whole:
            # From here on it is waited for the end of the connection, however long that takes.
            return await self._receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._patience):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow from None
        waited = time.monotonic() - began
        earned = len(message.get("body", b"")) / BYTES_A_SECOND
        self._patience = min(PATIENCE, self._patience - waited + earned)
        self._is_whole = not message.get("more_body", False)
        return message
