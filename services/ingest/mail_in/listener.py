"""The SMTP and LMTP servers of a process of role api."""

import asyncio
import logging
import ssl
from contextlib import suppress
from typing import Any, Final

from services.ingest.mail_in.door import MailDoor
from services.ingest.mail_in.reception import Reception
from services.ingest.mail_in.recipients import Recipients
from services.ingest.mail_in.smtp_session import LmtpSession, SmtpSession
from services.ingest.settings import IngestSettings

_GRACE_SECONDS: Final = 10.0
_FULL: Final = b"421 4.3.2 Too many connections; come again later\r\n"

# aiosmtpd logs what is said, addresses and all.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class MailListener:
    """Takes mails by SMTP and LMTP on the ports that are set; none is set, none is taken."""

    def __init__(self, door: MailDoor, settings: IngestSettings) -> None:
        self.ports: dict[str, int] = {}
        self.listening = asyncio.Event()
        self._settings = settings
        self._tls = _tls(settings)
        self._reception = Reception(
            door,
            Recipients(door.unit.database),
            most_recipients=settings.listen_recipients,
            wait=settings.listen_wait,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set; then mails that are being taken get ten seconds.

        Raises OSError when a port is taken.
        """
        servers = await self._open()
        try:
            await stop.wait()
        finally:
            for server in servers:
                server.close()
            await self._part()
            self.ports.clear()
            self.listening.clear()

    async def _open(self) -> list[asyncio.Server]:
        servers = []
        wanted = (
            ("smtp", SmtpSession, self._settings.listen_smtp_port),
            ("lmtp", LmtpSession, self._settings.listen_lmtp_port),
        )
        for name, session, port in wanted:
            if port is not None:
                server = await self._serve(session, port)
                self.ports[name] = server.sockets[0].getsockname()[1]
                servers.append(server)
        self.listening.set()
        return servers

    async def _serve(self, session: type[SmtpSession], port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        settings: dict[str, Any] = {
            "longest": self._settings.mail_limit,
            "hostname": self._settings.mail_domain,
            "timeout": self._settings.listen_timeout,
            "tls_context": self._tls,
            "loop": loop,
        }

        def accept() -> asyncio.Protocol:
            if len(self._reception.sessions) >= self._settings.listen_connections:
                return _Refusal()
            made: asyncio.Protocol = session(self._reception, **settings)
            return made

        # Several api processes of one machine share the port.
        return await loop.create_server(
            accept, self._settings.listen_host, port, reuse_port=bool(port)
        )

    async def _part(self) -> None:
        """Ends idle connections at once, and those with a mail on the way when it is answered."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                while sessions := list(self._reception.sessions):
                    for session in sessions:
                        session.part()
                    await asyncio.sleep(0.05)
        for session in list(self._reception.sessions):
            session.hang_up()


class _Refusal(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: Any) -> None:
        transport.write(_FULL)
        transport.close()


def _tls(settings: IngestSettings) -> ssl.SSLContext | None:
    if settings.listen_cert_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.listen_cert_file, settings.listen_key_file)
    return context
