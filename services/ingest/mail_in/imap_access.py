"""What an IMAP server wants to see: a password, or an OAuth2 access token, made anew in time."""

import time
from typing import Final

import httpx

from services.ingest.account_settings import EmailSettings, ImapSettings, OAuthRefresh
from services.ingest.domain.accounts import Account
from services.ingest.http_answers import http_client, json_of
from services.ingest.mail_in.imap_mailbox import Access, LoginRefused, MailboxAway
from services.ingest.secrets import Secrets

_SPARE_SECONDS: Final = 60.0
_USUAL_SECONDS: Final = 3600.0
_REFUSALS: Final = range(400, 500)


def imap_of(account: Account) -> ImapSettings | None:
    """The mailbox that an e-mail account fetches from."""
    return EmailSettings.model_validate(account.settings).imap


class AccessKeys:
    """Secrets and tokens of mailboxes; a token is asked for again a minute before it ends."""

    def __init__(self, secrets: Secrets, seconds: float) -> None:
        """seconds: how long a token endpoint may take."""
        self._secrets = secrets
        self._seconds = seconds
        self._tokens: dict[tuple[str, str, int], tuple[float, str]] = {}

    async def of(self, account: Account, imap: ImapSettings) -> Access:
        """What to log in with. Raises SecretMissing, LoginRefused or MailboxAway."""
        if imap.auth == "password":
            return Access(self._secret(account, "imap-password"), token=False)
        if imap.oauth is None:
            return Access(self._secret(account, "imap-token"), token=True)
        key = account.tenant, account.id, account.version
        expires, token = self._tokens.get(key, (0.0, ""))
        if time.monotonic() >= expires:
            token, lasts = await self._refresh(account, imap.oauth)
            self._tokens[key] = time.monotonic() + lasts - _SPARE_SECONDS, token
        return Access(token, token=True)

    def forget(self, account: Account) -> None:
        """The server did not believe it: the next token is a new one."""
        self._tokens.pop((account.tenant, account.id, account.version), None)

    def _secret(self, account: Account, name: str) -> str:
        return self._secrets.resolve(account.secrets.get(name, f"no secret named {name}"))

    async def _refresh(self, account: Account, oauth: OAuthRefresh) -> tuple[str, float]:
        """An access token and the seconds that it lasts (RFC 6749 section 6)."""
        asked = {
            "grant_type": "refresh_token",
            "client_id": oauth.client_id,
            "refresh_token": self._secret(account, "oauth-refresh-token"),
        }
        if "oauth-client-secret" in account.secrets:
            asked["client_secret"] = self._secret(account, "oauth-client-secret")
        if oauth.scope:
            asked["scope"] = oauth.scope
        try:
            async with (
                http_client(self._seconds) as client,
                client.stream("POST", str(oauth.token_url), data=asked) as answer,
            ):
                given = await json_of(answer) if answer.is_success else {}
        except (httpx.HTTPError, ValueError) as error:
            raise MailboxAway(f"token endpoint: {type(error).__name__}") from error
        token = given.get("access_token") if isinstance(given, dict) else None
        if not isinstance(token, str) or not token:
            kind = LoginRefused if answer.status_code in _REFUSALS else MailboxAway
            raise kind(f"token endpoint: {answer.status_code}, no access token")
        lasts = given.get("expires_in", _USUAL_SECONDS)
        return token, float(lasts) if isinstance(lasts, int | float) else _USUAL_SECONDS
