"""E-mail as a channel to send by: a leased message becomes a mail and goes to its relay."""

import asyncio
import hashlib
import ssl
from collections.abc import Mapping

from services.ingest.domain.accounts import Account
from services.ingest.domain.compose import Letter, Signer, Style, Unaddressable, letter
from services.ingest.domain.deliveries import Leased, Outcome
from services.ingest.domain.dkim_signature import UnusableKey
from services.ingest.domain.messages import Attachment
from services.ingest.domain.reply_tokens import reply_token
from services.ingest.mail_out.connection import Relay
from services.ingest.mail_out.relays import Relays
from services.ingest.secrets import SecretMissing, Secrets
from services.ingest.settings import IngestSettings
from shared.messaging.errors import describe
from shared.storage import BlobStore, UnknownBlob

_PORTS: Mapping[str, int] = {"tls": 465, "starttls": 587, "none": 25}
_LARGE = 256 * 1024  # bytes of files above which a mail is written in a thread, few at a time
_LARGE_AT_ONCE = 3


def mail_carrier(settings: IngestSettings, blobs: BlobStore) -> "MailCarrier":
    """The carrier that the settings describe."""
    relays = Relays(
        name=settings.mail_domain,
        seconds=settings.smtp_timeout,
        connections=settings.smtp_connections,
        trust=ssl.create_default_context(),
    )
    login = None
    if settings.smtp_user is not None and settings.smtp_password is not None:
        login = settings.smtp_user, settings.smtp_password.get_secret_value()
    return MailCarrier(
        relays,
        Relay(settings.smtp_host, settings.smtp_port, settings.smtp_tls, login),
        blobs,
        Secrets(settings),
        attachment_limit=settings.attachment_limit,
        reply_key=settings.reply_secret(),
    )


class _CannotSend(Exception):
    """This mail will never go out as it is; the text says why."""


class MailCarrier:
    """Sends by SMTP for accounts of kind `email`."""

    def __init__(
        self,
        relays: Relays,
        default: Relay,
        blobs: BlobStore,
        secrets: Secrets,
        *,
        attachment_limit: int,
        reply_key: bytes | None = None,
    ) -> None:
        """default: for accounts that name no relay. attachment_limit: bytes for all files of one
        mail. reply_key: signs the reply addresses; without it there are none.
        """
        self._relays = relays
        self._default = default
        self._blobs = blobs
        self._secrets = secrets
        self._attachment_limit = attachment_limit
        self._reply_key = reply_key
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    async def carry(self, leased: Leased, account: Account) -> Outcome:
        """One attempt, and what came of it."""
        try:
            relay, style = self._relay(account), self._style(leased, account)
        except (SecretMissing, UnusableKey) as error:
            # The account is not set up well: its mails wait until somebody has mended that.
            return Outcome("blocked", f"the account lacks a secret: {error}")
        owner = f"{account.tenant}/{account.id}"
        if sum(one.blob.size for one in leased.message.attachments) <= _LARGE:
            return await self._carry(leased, style, owner, relay)
        async with self._large:
            return await self._carry(leased, style, owner, relay)

    async def close(self) -> None:
        """Leaves the relays."""
        await self._relays.close()

    async def _carry(self, leased: Leased, style: Style, owner: str, relay: Relay) -> Outcome:
        try:
            mail = await self._written(leased, style)
        except UnusableKey as error:
            return Outcome("blocked", str(error))
        except (_CannotSend, Unaddressable) as error:
            return Outcome("refused", str(error))
        except OSError as error:
            return Outcome("deferred", f"the blob store does not answer: {describe(error)}")
        except Exception as error:
            # What cannot be written down once cannot be written down later either.
            return Outcome("refused", f"it cannot be written as a mail: {describe(error)}")
        return await self._relays.send(owner, relay, mail)

    async def _written(self, leased: Leased, style: Style) -> Letter:
        message, kind = leased.message, leased.delivery.kind
        if not message.attachments:
            return letter(message, kind, style)
        size = sum(one.blob.size for one in message.attachments)
        if size > self._attachment_limit:
            most = self._attachment_limit
            raise _CannotSend(f"its files have {size} bytes, {most} are allowed")
        files = {one.blob.key: await self._file(leased, one) for one in message.attachments}
        if size <= _LARGE:
            return letter(message, kind, style, files)
        return await asyncio.to_thread(letter, message, kind, style, files)

    async def _file(self, leased: Leased, given: Attachment) -> bytes:
        """The bytes, which must be the tenant's own, and those that were asked for."""
        parts = given.blob.key.split("/")
        if len(parts) != 3 or parts[1] != leased.delivery.tenant:
            raise _CannotSend("one of its files is not the tenant's")
        try:
            data = await self._blobs.get(given.blob.key)
        except UnknownBlob:
            raise _CannotSend("one of its files is gone") from None
        if len(data) != given.blob.size or hashlib.sha256(data).hexdigest() != given.blob.sha256:
            raise _CannotSend("one of its files is not what was asked for")
        return data

    def _relay(self, account: Account) -> Relay:
        given = account.settings.get("smtp")
        if given is None:
            return self._default
        tls, user = given.get("tls", "starttls"), given.get("user")
        login = None if user is None else (user, self._secret(account, "smtp-password"))
        return Relay(given["host"], given.get("port") or _PORTS[tls], tls, login)

    def _style(self, leased: Leased, account: Account) -> Style:
        settings, delivery = account.settings, leased.delivery
        token = None
        if self._reply_key is not None and settings.get("plus_addressing"):
            token = reply_token(self._reply_key, delivery.tenant, delivery.conversation_id)
        dkim, signer = settings.get("dkim"), None
        if dkim is not None:
            key = self._secret(account, "dkim-key")
            signer = Signer(dkim["domain"], dkim["selector"], key)
        from_name = settings.get("smtp", {}).get("from_name")
        return Style(from_name, token, delivery.unsubscribe_url, signer)

    def _secret(self, account: Account, name: str) -> str:
        reference = account.secrets.get(name)
        if reference is None:
            raise SecretMissing(name)
        return self._secrets.resolve(reference)
