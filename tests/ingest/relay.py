"""A relay of a provider: aiosmtpd with TLS and a login; it turns mails away as real ones do."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.ingest.certificates import Certificate

USER, PASSWORD = "help", "correct horse"


@dataclass
class ProviderRelay:
    """What it has seen. refusals: the answer to RCPT TO, by recipient."""

    port: int = 0
    implicit: bool = False
    connections: int = 0
    logins: int = 0
    secure: list[bool] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    password: str = PASSWORD

    @property
    def messages(self) -> list[EmailMessage]:
        """The mails, parsed."""
        return [message_from_bytes(raw, policy=default) for raw in self.mails]

    async def handle_RCPT(  # noqa: N802  (the name is aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, unless it is one to be refused."""
        refusal = self.refusals.get(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(  # noqa: N802  (the name is aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail."""
        assert isinstance(envelope.original_content, bytes)
        self.mails.append(envelope.original_content)
        self.secure.append(self.implicit or session.ssl is not None)
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: object
    ) -> AuthResult:
        """Let in who knows the password."""
        self.logins += 1
        assert isinstance(auth_data, LoginPassword)
        known = (auth_data.login, auth_data.password) == (USER.encode(), self.password.encode())
        return AuthResult(success=known, handled=False)


@asynccontextmanager
async def provider_relay(
    certificate: Certificate, *, implicit: bool = False
) -> AsyncIterator[ProviderRelay]:
    """The relay at work on 127.0.0.1; implicit: TLS from the first byte instead of STARTTLS."""
    made = ProviderRelay(implicit=implicit)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)

    def session() -> SMTP:
        made.connections += 1
        with warnings.catch_warnings():
            # It does not see the TLS that is there from the first byte, and warns of its absence.
            warnings.simplefilter("ignore")
            return SMTP(
                made,
                hostname="relay.test",
                tls_context=None if implicit else context,
                require_starttls=not implicit,
                auth_required=True,
                auth_require_tls=not implicit,
                authenticator=made.authenticate,
            )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=context if implicit else None)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def trusting(certificate: Certificate) -> ssl.SSLContext:
    """Trusts that certificate alone."""
    return ssl.create_default_context(cafile=str(certificate.cert))
