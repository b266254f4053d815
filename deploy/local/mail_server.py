"""The mail sink's process: `python -m deploy.local.mail_server PORT FOLDER`.

Takes every mail over SMTP on 127.0.0.1 and delivers none: each becomes FOLDER/<number>.eml, the
bytes as they came, with its envelope beside it as FOLDER/<number>.json. To see a sender cope with
failure, write to one of these domains:

    @451.test    refused for now, at RCPT TO
    @550.test    refused for good, at RCPT TO
    @slow.test   taken, but the answer to the data comes 5 s late
    @lost.test   taken, but the connection closes before the answer
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

REFUSALS = {
    "451.test": "451 4.7.1 The mail sink refuses 451.test for now",
    "550.test": "550 5.1.1 The mail sink refuses 550.test for good",
}
SLOW_SECONDS = 5
LARGEST_MAIL = 50 * 1024 * 1024


class Keeper:
    """Keeps mails as numbered files, and goes on counting where a former run ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = max((int(mail.stem) for mail in folder.glob("*.eml")), default=0)

    async def handle_RCPT(  # noqa: N802  (the name is aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, unless its domain asks for a refusal."""
        refusal = REFUSALS.get(_domain(address))
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(  # noqa: N802  (the name is aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail; then answer, late, or not at all."""
        number = self._keep(envelope)
        domains = {_domain(address) for address in envelope.rcpt_tos}
        if "slow.test" in domains:
            await asyncio.sleep(SLOW_SECONDS)
        if "lost.test" in domains:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return f"250 Kept as {number}.eml"

    def _keep(self, envelope: Envelope) -> int:
        self._last += 1
        addresses = {"sender": envelope.mail_from, "recipients": envelope.rcpt_tos}
        self._write(f"{self._last:06}.json", json.dumps(addresses).encode())
        assert isinstance(envelope.content, bytes)
        self._write(f"{self._last:06}.eml", envelope.content)
        return self._last

    def _write(self, name: str, content: bytes) -> None:
        draft = self._folder / f"{name}.draft"
        draft.write_bytes(content)
        draft.rename(self._folder / name)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


async def serve(port: int, folder: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    folder.mkdir(parents=True, exist_ok=True)
    keeper = Keeper(folder)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = await loop.create_server(
        lambda: SMTP(keeper, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, loop=loop),
        host="127.0.0.1",
        port=port,
    )
    async with server:
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
