"""One SMTP or LMTP connection (RFC 5321, RFC 2033), on top of aiosmtpd.

The body is read here and not by aiosmtpd: in pieces of 64 KiB instead of lines, so that a mail of
25 MB costs little, lines of any length are taken, and only <CRLF>.<CRLF> ends a mail, which is what
keeps one mail from smuggling in another.
"""

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, syntax

from services.ingest.domain.accounts import Account
from services.ingest.mail_in.reception import SHORT, Reception
from services.ingest.mail_in.room import NoRoom

_PIECE: Final = 65_536
_COMMAND_LIMIT: Final = 1_024
_END: Final = b"\r\n.\r\n"
_CLOSING: Final = b"421 4.3.2 Going down; send this mail again later\r\n"
_SLACK: Final = 65_536
"""Bytes by which a mail may be longer than announced: not all count the ends of lines alike."""


class MailEnvelope(Envelope):
    """aiosmtpd's envelope, with the account of each recipient."""

    def __init__(self) -> None:
        super().__init__()
        self.accounts: list[tuple[str, Account]] = []

    @property
    def announced(self) -> int:
        """The size that MAIL FROM announced (RFC 1870); 0 says nothing."""
        sizes = [option for option in self.mail_options if option.startswith("SIZE=")]
        return int(sizes[0].removeprefix("SIZE=")) if sizes else 0


class SmtpSession(SMTP):
    """An SMTP server's side of one connection."""

    line_length_limit = _PIECE
    protocol_name = "smtp"
    envelope: MailEnvelope

    def __init__(self, reception: Reception, *, longest: int, **settings: Any) -> None:
        """longest: bytes that a mail may have. settings: as aiosmtpd's SMTP takes them."""
        # aiosmtpd shares one table of limits between all connections, and counts it up; each of
        # ours has its own.
        self.command_size_limits = defaultdict(lambda: _COMMAND_LIMIT)
        self.command_size_limit = _COMMAND_LIMIT
        self.reception = reception
        self.strangers = 0
        self.busy = False
        self.longest = longest
        super().__init__(
            reception, data_size_limit=longest, enable_SMTPUTF8=True, ident="Deskstream", **settings
        )

    def _create_envelope(self) -> MailEnvelope:
        return MailEnvelope()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Joins the sessions of the listener."""
        self.reception.sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Leaves the sessions of the listener."""
        self.reception.sessions.discard(self)
        super().connection_lost(error)

    def part(self) -> None:
        """Says goodbye, unless a mail is on its way."""
        # Not every event loop's transports are asyncio.Transports.
        transport: Any = self.transport
        if transport is not None and not self.busy and not transport.is_closing():
            transport.write(_CLOSING)
            transport.close()

    def hang_up(self) -> None:
        """Ends the connection, whatever is under way."""
        if self.transport is not None:
            self.transport.close()

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str | None) -> None:  # noqa: N802
        """Goes on under TLS (RFC 3207). aiosmtpd's own way needs the standard event loop."""
        if arg or self.tls_context is None or self._tls_protocol:
            await self.push("501 5.5.4 STARTTLS takes no argument, once, where it is offered")
            return
        await self.push("220 2.0.0 Ready to start TLS")
        # What came before the handshake may be somebody else's: forget it, and the greeting too.
        reader: Any = self._reader
        reader._buffer.clear()
        transport: Any = self.transport
        try:
            secured = await self.loop.start_tls(transport, self, self.tls_context, server_side=True)
        except (OSError, TimeoutError):
            secured = None
        if secured is None:
            self.hang_up()
        else:
            self._go_on_over(secured)

    def _go_on_over(self, secured: Any) -> None:
        reader: Any = self._reader
        writer: Any = self._writer
        self.transport = reader._transport = writer._transport = secured
        self._tls_protocol = secured
        self.envelope = self._create_envelope()
        self.session = self._create_session()
        self.session.peer = secured.get_extra_info("peername")
        self.session.ssl = {"ssl_object": secured.get_extra_info("ssl_object")}

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802  (the name is aiosmtpd's)
        """Nobody logs in here: recipients decide what is taken."""
        await self.push("502 5.5.1 AUTH not implemented")

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Reads the mail and answers once it is stored, or says why not."""
        if await self.check_helo_needed():
            return
        if not self.envelope.accounts:
            await self.push("503 5.5.1 Error: need RCPT command")
        elif arg:
            await self.push("501 5.5.4 Syntax: DATA")
        else:
            self.busy = True
            try:
                await self._receive()
            finally:
                self.busy = False
                self.envelope = self._create_envelope()

    async def _receive(self) -> None:
        """Large mails wait for room: before the 354 if they were announced, else on the way."""
        limit = self.longest
        async with AsyncExitStack() as room:
            announced = self.envelope.announced
            if announced:
                limit = min(limit, announced + announced // 8 + _SLACK)
            if announced > _PIECE and not await self._has_room(room, limit):
                await self.push(SHORT)
                return
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            try:
                body = await self._body(limit, None if announced else room)
            except NoRoom:
                await self.push(SHORT)
                # The rest of the mail would be taken for commands: this connection is over.
                self.hang_up()
                return
            if body is None:
                await self.push("552 5.3.4 Error: too much mail data")
                return
            answers = await self.reception.store(self.protocol_name, self.envelope, body)
        await self._answer(answers)

    async def _has_room(self, room: AsyncExitStack, size: int) -> bool:
        try:
            await room.enter_async_context(self.reception.hold(size))
        except NoRoom:
            return False
        return True

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        # The standard library's parser raises on some of what is no address.
        try:
            found: tuple[str | None, str | None] = super()._getaddr(arg)
        except Exception:
            return None, None
        return found

    async def _answer(self, answers: list[str]) -> None:
        """One answer for the mail: the worst, so that what is not stored yet is sent again."""
        await self.push(max(answers))

    async def _body(self, limit: int, room: AsyncExitStack | None) -> bytes | None:
        """The mail without its dots; None when it is over the limit, all of it read.

        room: where to hold room as soon as the mail turns out to be large; None if that is done.
        """
        reader: asyncio.StreamReader = self._reader
        # The first line may be the dot: with an end of line before it, it is like any other.
        reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]
        body = bytearray()
        too_much = False
        while not body.endswith(_END):
            try:
                piece = await reader.readuntil(_END)
            except asyncio.LimitOverrunError as overrun:
                piece = await reader.readexactly(overrun.consumed)
            self._reset_timeout()
            if room is not None and len(body) > _PIECE:
                await room.enter_async_context(self.reception.hold(limit))
                room = None
            too_much = too_much or len(body) + len(piece) > limit + len(_END) + 2
            if too_much:
                body[:] = body[-len(_END) :]
            body += piece
        return None if too_much else _without_dots(body)


class LmtpSession(SmtpSession):
    """An LMTP server's side of one connection: an answer for each recipient."""

    protocol_name = "lmtp"

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802
        """LMTP's greeting (RFC 2033 section 4.1)."""
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, arg: str) -> None:  # noqa: N802
        """Not in LMTP."""
        await self.push("500 5.5.1 Use LHLO")

    async def smtp_EHLO(self, arg: str) -> None:  # noqa: N802
        """Not in LMTP."""
        await self.push("500 5.5.1 Use LHLO")

    async def _answer(self, answers: list[str]) -> None:
        for answer in answers:
            await self.push(answer)


def _without_dots(body: bytearray) -> bytes:
    """What was sent, without the first line's end, the last line, and added dots (4.5.2)."""
    del body[-3:]
    if b"\r\n." in body:
        body = body.replace(b"\r\n.", b"\r\n")
    return bytes(memoryview(body)[2:])
