"""One connection to a relay: RFC 5321, with STARTTLS, AUTH and PIPELINING.

Written here because PIPELINING (RFC 2920) halves what a mail costs, and aiosmtplib has none of it.
"""

import asyncio
import base64
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.ingest.domain.compose import Letter
from services.ingest.domain.smtp_answers import Stage

Tls = Literal["none", "starttls", "tls"]

_MOST_LINES = 128
_LONGEST_LINE = 4096  # of an answer; RFC 5321 §4.5.3.1.5 allows 512
_DOT_LINE = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Relay:
    """Where an account's mails go, and how we show who we are. login: (user, password)."""

    host: str
    port: int
    tls: Tls = "none"
    login: tuple[str, str] | None = field(default=None, repr=False)


class Refused(Exception):
    """The relay answered, and not with success."""

    def __init__(self, stage: Stage, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.stage = stage
        self.code = code
        self.text = text


class Connection:
    """Open for mails until it is closed. Methods raise Refused, or OSError when it is broken."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._offers: dict[str, str] = {}
        self.sent = 0
        self.free_since = 0.0

    @classmethod
    async def open(cls, relay: Relay, name: str, trust: ssl.SSLContext) -> "Connection":
        """Greets the relay as `name`, secures the connection, and logs in, as `relay` asks for."""
        reader, writer = await asyncio.open_connection(
            relay.host, relay.port, limit=_LONGEST_LINE, ssl=trust if relay.tls == "tls" else None
        )
        made = cls(reader, writer)
        try:
            await made._greet(relay, name, trust)
        except BaseException:
            made.abort()
            raise
        return made

    async def _greet(self, relay: Relay, name: str, trust: ssl.SSLContext) -> None:
        await self._expect("door", 220)
        await self._hello(name)
        if relay.tls == "starttls":
            if "STARTTLS" not in self._offers:
                raise Refused("door", 502, "the relay offers no STARTTLS")
            await self._say(b"STARTTLS", "door", 220)
            await self._writer.start_tls(trust, server_hostname=relay.host)
            await self._hello(name)
        if relay.login is not None:
            await self._log_in(*relay.login)

    async def _hello(self, name: str) -> None:
        lines = (await self._say(f"EHLO {name}".encode("ascii"), "door", 250)).splitlines()
        offers = (line.strip().upper().partition(" ") for line in lines[1:])
        self._offers = {word: rest for word, _, rest in offers}

    async def _log_in(self, user: str, password: str) -> None:
        """PLAIN (RFC 4616) or LOGIN, by what the relay offers."""
        offered = self._offers.get("AUTH", "").split()
        if "PLAIN" in offered or not offered:
            token = _base64(f"\0{user}\0{password}")
            await self._say(b"AUTH PLAIN " + token, "login", 235)
        elif "LOGIN" in offered:
            await self._say(b"AUTH LOGIN", "login", 334)
            await self._say(_base64(user), "login", 334)
            await self._say(_base64(password), "login", 235)
        else:
            raise Refused("login", 504, "the relay offers neither AUTH PLAIN nor AUTH LOGIN")

    async def address(self, letter: Letter) -> None:
        """Gives sender and recipient and asks for the go-ahead to send the mail itself."""
        largest = self._offers.get("SIZE", "")
        size = f" SIZE={len(letter.data)}" if "SIZE" in self._offers else ""
        if largest.isdigit() and 0 < int(largest) < len(letter.data):
            raise Refused("data", 552, f"5.3.4 the relay takes {largest} bytes at most")
        said: Sequence[tuple[bytes, Stage, int]] = (
            (f"MAIL FROM:<{letter.sender}>{size}".encode("ascii"), "sender", 250),
            (f"RCPT TO:<{letter.recipient}>".encode("ascii"), "recipient", 250),
            (b"DATA", "data", 354),
        )
        if "PIPELINING" not in self._offers:
            for line, stage, code in said:
                await self._say(line, stage, code)
            return
        self._writer.write(b"".join(line + b"\r\n" for line, _, _ in said))
        refused: Refused | None = None
        goes_on = False
        for _, stage, code in said:
            try:
                await self._expect(stage, code)
                goes_on = stage == "data"
            except Refused as error:
                refused = refused or error
        if refused is not None:
            if goes_on:
                # It waits for a mail all the same (RFC 2920 §3.1), and must not be given one.
                self.abort()
            raise refused

    async def hand_over(self, data: bytes) -> None:
        """Sends the mail and waits until the relay has taken it."""
        self._writer.write(_DOT_LINE.sub(b"..", data) + b".\r\n")
        await self._writer.drain()
        await self._expect("data", 250)
        self.sent += 1

    async def reset(self) -> None:
        """Forgets sender and recipient after a refusal."""
        await self._say(b"RSET", "door", 250)

    async def leave(self) -> None:
        """Says goodbye, without waiting long."""
        try:
            async with asyncio.timeout(1):
                await self._say(b"QUIT", "door", 221)
        except (OSError, Refused):
            pass
        self.abort()

    def abort(self) -> None:
        """Closes it at once."""
        self._writer.transport.abort()

    @property
    def is_broken(self) -> bool:
        """Whether the relay is known to have closed it."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def _say(self, line: bytes, stage: Stage, expected: int) -> str:
        if b"\r" in line or b"\n" in line:
            raise Refused("recipient", 553, "5.1.3 an address with a line break")
        self._writer.write(line + b"\r\n")
        return await self._expect(stage, expected)

    async def _expect(self, stage: Stage, expected: int) -> str:
        """One answer's text. 25x instead of 250 counts as success (RFC 5321 §4.2.1: 251, 252)."""
        code, text = await self._answer()
        if code != expected and not (expected == 250 and 250 <= code <= 259):
            raise Refused(stage, code, text)
        return text

    async def _answer(self) -> tuple[int, str]:
        lines = []
        for _ in range(_MOST_LINES):
            try:
                line = await self._reader.readline()
            except ValueError:
                raise ConnectionError("the relay's answer has no end") from None
            if not line.endswith(b"\n") or not line[:3].isdigit():
                raise ConnectionError("the relay ended the connection" if not line else "no SMTP")
            lines.append(line[4:].decode("utf-8", "replace").strip())
            if line[3:4] != b"-":
                return int(line[:3]), "\n".join(lines)
        raise ConnectionError("the relay's answer has no end")


def _base64(text: str) -> bytes:
    return base64.b64encode(text.encode())
