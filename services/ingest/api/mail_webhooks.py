"""Mails that Mailgun, Postmark and SendGrid post: proved, stored, then answered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from services.ingest.account_settings import EmailSettings, WebhookSettings
from services.ingest.domain.accounts import Account
from services.ingest.mail_in.door import Addressee, MailDoor
from services.ingest.mail_in.room import NoRoom
from services.ingest.mail_in.webhook_mails import (
    NoMail,
    Posted,
    of_mailgun,
    of_postmark,
    of_sendgrid,
    read_form,
)
from services.ingest.mail_in.webhook_proof import (
    TIMESTAMP,
    UsedTokens,
    has_password,
    is_mailguns,
    is_sendgrids,
    is_timely,
)
from services.ingest.metric_names import MAILS_PUT_OFF
from services.ingest.repository import Accounts
from services.ingest.secrets import SecretMissing, Secrets
from services.ingest.usecases.accept_mail import NoAccount
from shared.messaging.errors import is_transient
from shared.service import Invalid, Problem, Unavailable

Provider = Literal["mailgun", "postmark", "sendgrid"]
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]

_ROOM_SECONDS: Final = 20.0
_CODING: Final = 1.5
"""How much longer a post is than the mail in it: base64 in JSON, percent signs in a form."""


class StoredMail(BaseModel):
    """The mail is stored; the provider need not send it again."""

    id: str = Field(description="The raw mail's id: ask /v1/messages/{id} what became of it")
    status: str = "accepted"


@dataclass(frozen=True, slots=True)
class _Claim:
    """The account that a post says it is for, and the database's time (Unix seconds)."""

    account: Account
    webhook: WebhookSettings
    now: float


class Webhooks:
    """What the three providers' posts have in common."""

    def __init__(self, door: MailDoor, secrets: Secrets, window: float) -> None:
        """window: seconds that a signed timestamp may be away."""
        self._door = door
        self._secrets = secrets
        self._window = window
        self._tokens = UsedTokens()

    async def take(self, provider: Provider, tenant: str, id: str, request: Request) -> StoredMail:
        """Prove the post, store the mail, answer; raises the problem if one of them cannot be."""
        if self._door.shortage is not None:
            raise self._not_now(provider)
        claim = await self._claim(provider, tenant, id)
        if provider == "postmark" or (
            provider == "sendgrid" and "webhook-public-key" not in claim.account.secrets
        ):
            self._prove_password(claim, request)
        most = int(self._door.longest * _CODING)
        announced = request.headers.get("content-length", "")
        size = int(announced) if announced.isdecimal() else most
        try:
            # The body, its fields and the mail made of them are there at the same time.
            async with self._door.room.hold(min(size, most) * 3, _ROOM_SECONDS):
                return await self._store(provider, claim, request)
        except NoRoom:
            raise self._not_now(provider) from None

    async def _claim(self, provider: Provider, tenant: str, id: str) -> _Claim:
        """The account, if its settings say that this provider posts to it."""
        async with self._door.unit.begin() as (session, _outbox, now):
            account = await Accounts(session).find(tenant, id)
        if account is not None and account.kind == "email":
            webhook = EmailSettings.model_validate(account.settings).webhook
            if webhook is not None and webhook.provider == provider:
                return _Claim(account, webhook, now.timestamp())
        raise _unproved()

    def _secret(self, account: Account, name: str) -> str:
        try:
            return self._secrets.resolve(account.secrets.get(name, ""))
        except SecretMissing:
            raise _unproved() from None

    def _prove_password(self, claim: _Claim, request: Request) -> None:
        password = self._secret(claim.account, "webhook-password")
        given = request.headers.get("authorization", "")
        if not has_password(given, claim.webhook.user, password):
            raise _unproved()

    async def _store(self, provider: Provider, claim: _Claim, request: Request) -> StoredMail:
        account = claim.account
        posted = await self._posted(provider, claim, request)
        if not posted.raw or len(posted.raw) > self._door.longest:
            raise Invalid(f"The mail may have 1 to {self._door.longest} bytes.")
        addressee = Addressee(account.tenant, account.id, posted.envelope_from, posted.envelope_to)
        try:
            stored = await self._door.take(provider, posted.raw, addressee)
        except Exception as error:
            if not is_transient(error):
                raise
            raise self._not_now(provider) from error
        if isinstance(stored, NoAccount):
            raise _unproved()
        return StoredMail(id=str(stored))

    async def _posted(self, provider: Provider, claim: _Claim, request: Request) -> Posted:
        """The mail in the post; what is signed is proved before it is believed."""
        body = await request.body()
        try:
            if provider == "postmark":
                return of_postmark(body)
            if provider == "sendgrid":
                self._prove_signature(claim, request, body)
            form = await read_form(request.headers.get("content-type", ""), body)
            if provider == "sendgrid":
                return of_sendgrid(form)
            self._prove_mailgun(claim, {name: form.text(name) for name in _SIGNED})
            posted = of_mailgun(form)
        except NoMail as missing:
            raise Invalid(f"No mail in it: {missing}.") from None
        if not self._tokens.is_fresh(form.text("token"), posted.raw):
            raise _unproved()
        return posted

    def _prove_mailgun(self, claim: _Claim, fields: dict[str, str]) -> None:
        key = self._secret(claim.account, "webhook-signing-key")
        signed = is_mailguns(key, fields)
        if not (signed and is_timely(fields["timestamp"], claim.now, self._window)):
            raise _unproved()

    def _prove_signature(self, claim: _Claim, request: Request, body: bytes) -> None:
        if "webhook-public-key" in claim.account.secrets:
            key = self._secret(claim.account, "webhook-public-key")
            signed = is_sendgrids(key, request.headers, body)
            timestamp = request.headers.get(TIMESTAMP, "")
            if not (signed and is_timely(timestamp, claim.now, self._window)):
                raise _unproved()

    def _not_now(self, provider: Provider) -> Unavailable:
        MAILS_PUT_OFF.labels(provider).inc()
        return Unavailable("This mail cannot be taken now; send it again later.", retry_after=30)


_SIGNED: Final = ("timestamp", "token", "signature")


def add_routes(routes: APIRouter, door: MailDoor, secrets: Secrets, window: float) -> None:
    """POST /email/{mailgun,postmark,sendgrid}/{tenant}/{account}."""
    webhooks = Webhooks(door, secrets, window)
    limit = int(door.longest * _CODING)
    paths: tuple[tuple[Provider, str], ...] = (
        ("mailgun", "/email/mailgun/{tenant}/{account}"),
        # Mailgun sends the raw mail to addresses that end so.
        ("mailgun", "/email/mailgun/{tenant}/{account}/mime"),
        ("postmark", "/email/postmark/{tenant}/{account}"),
        ("sendgrid", "/email/sendgrid/{tenant}/{account}"),
    )
    for provider, path in paths:
        routes.add_api_route(
            path,
            _endpoint(webhooks, provider),
            methods=["POST"],
            tags=["mails"],
            response_model=StoredMail,
            max_body_size=limit,
        )


def _endpoint(
    webhooks: Webhooks, provider: Provider
) -> Callable[[Slug, Slug, Request], Awaitable[StoredMail]]:
    async def take_mail(tenant: Slug, account: Slug, request: Request) -> StoredMail:
        """Take a mail that the provider posts. 200 says that it is stored for good.

        The same mail again gets the same id. 401 for whatever is not proved to be the provider's.
        """
        return await webhooks.take(provider, tenant, account, request)

    return take_mail


def _unproved() -> Problem:
    return Problem(
        401,
        "Unauthorized",
        "This is not proved to be the provider's; see docs/email-in.md.",
        headers={"WWW-Authenticate": 'Basic realm="deskstream"'},
    )
