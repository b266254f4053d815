"""What SMTP and LMTP are answered: who is known, what is taken, what must come again."""

import logging
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final

from aiosmtpd.smtp import Session

from services.ingest.mail_in.door import Addressee, MailDoor
from services.ingest.mail_in.recipients import Recipients
from services.ingest.metric_names import MAILS_PUT_OFF
from services.ingest.usecases.accept_mail import NoAccount
from shared.messaging.errors import describe

if TYPE_CHECKING:
    from services.ingest.mail_in.smtp_session import MailEnvelope, SmtpSession

log = logging.getLogger(__name__)

SHORT: Final = "451 4.3.1 Too much is waiting to be worked on; send this mail again later"
_AWAY: Final = "451 4.3.0 Cannot be stored just now; send this mail again later"
_UNKNOWN: Final = "550 5.1.1 No such mailbox here"
_MANY: Final = "452 4.5.3 Too many recipients; send the mail to the others separately"
_STRANGERS: Final = "421 4.7.0 Too many unknown recipients"
_TAKEN: Final = "250 2.0.0 Stored as"
_MOST_STRANGERS: Final = 50
_NO_LOGIN: Final = "250-AUTH"


class Reception:
    """aiosmtpd's handler: one for all connections of a process."""

    def __init__(
        self, door: MailDoor, recipients: Recipients, *, most_recipients: int, wait: float
    ) -> None:
        """wait: seconds that a large mail waits for room."""
        self.sessions: set[SmtpSession] = set()
        self._door = door
        self._recipients = recipients
        self._most = most_recipients
        self._wait = wait

    def hold(self, size: int) -> AbstractAsyncContextManager[None]:
        """Room for a large mail; raises NoRoom."""
        return self._door.room.hold(size, self._wait)

    async def handle_EHLO(  # noqa: N802  (this and the next names are aiosmtpd's)
        self,
        server: "SmtpSession",
        session: Session,
        envelope: "MailEnvelope",
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Greets, and says what we can do beyond SMTP of 1982."""
        session.host_name = hostname
        offered = [line for line in responses if not line.startswith(_NO_LOGIN)]
        return [*offered[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", offered[-1]]

    async def handle_MAIL(  # noqa: N802
        self,
        server: "SmtpSession",
        session: Session,
        envelope: "MailEnvelope",
        address: str,
        options: list[str],
    ) -> str:
        """Begins a mail, unless something is short."""
        if self._door.shortage is not None:
            MAILS_PUT_OFF.labels(server.protocol_name).inc()
            return SHORT
        if not address.isprintable():
            return "553 5.1.7 Malformed address"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        server: "SmtpSession",
        session: Session,
        envelope: "MailEnvelope",
        address: str,
        options: list[str],
    ) -> str:
        """Takes a recipient that is an e-mail account's address, with or without a plus-detail."""
        if len(envelope.accounts) >= self._most:
            return _MANY
        try:
            account = await self._recipients.account_of(address)
        except Exception as error:
            return self._put_off(server, error)
        if account is None:
            return self._refuse(server)
        envelope.rcpt_tos.append(address)
        envelope.accounts.append((address, account))
        return "250 2.1.5 OK"

    def _refuse(self, server: "SmtpSession") -> str:
        server.strangers += 1
        if server.strangers <= _MOST_STRANGERS:
            return _UNKNOWN
        # Somebody tries addresses out.
        server.loop.call_soon(server.hang_up)
        return _STRANGERS

    async def store(self, way: str, envelope: "MailEnvelope", body: bytes) -> list[str]:
        """Stores the mail for each tenant that it is for; an answer for each recipient."""
        by_tenant: dict[str, str] = {}
        for addressee in _addressees(envelope):
            by_tenant[addressee.tenant] = await self._store(way, addressee, body)
        return [by_tenant[account.tenant] for _, account in envelope.accounts]

    async def _store(self, way: str, addressee: Addressee, body: bytes) -> str:
        if self._door.shortage is not None:
            MAILS_PUT_OFF.labels(way).inc()
            return SHORT
        if not body:
            return "554 5.6.0 The mail is empty"
        try:
            stored = await self._door.take(way, body, addressee)
        except Exception as error:
            MAILS_PUT_OFF.labels(way).inc()
            log.warning("mail put off", extra={"way": way, "why": describe(error)})
            return _AWAY
        # An account that went away since RCPT: when the mail comes again, RCPT says so.
        return _AWAY if isinstance(stored, NoAccount) else f"{_TAKEN} {stored}"

    async def handle_exception(self, error: Exception) -> str:
        """What aiosmtpd or a command raised: never the reason of a lost mail."""
        log.error("SMTP command failed", extra={"why": describe(error)})
        return _AWAY

    def _put_off(self, server: "SmtpSession", error: Exception) -> str:
        MAILS_PUT_OFF.labels(server.protocol_name).inc()
        log.warning("recipient put off", extra={"why": describe(error)})
        return _AWAY


def _addressees(envelope: "MailEnvelope") -> list[Addressee]:
    """One for each tenant: its account is that of the tenant's first recipient."""
    sender = envelope.mail_from if envelope.mail_from != "<>" else None
    accounts: dict[str, str] = {}
    addresses: dict[str, list[str]] = {}
    for address, account in envelope.accounts:
        accounts.setdefault(account.tenant, account.id)
        addresses.setdefault(account.tenant, []).append(address)
    return [
        Addressee(tenant, account, sender, tuple(addresses[tenant]))
        for tenant, account in accounts.items()
    ]
