"""Files of posts, fetched from their providers: known hosts only, within a size and a time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from services.ingest.domain.accounts import Account, Kind
from services.ingest.domain.providers.found import Media
from services.ingest.http_answers import Unusable, bytes_of, http_client, json_of
from services.ingest.providers.api_base import api_base, segment
from services.ingest.providers.hooks import Secret
from services.ingest.providers.secret_of import secret_of
from services.ingest.secrets import SecretMissing, Secrets

_TRIES: Final = 3
_PAUSE: Final = 0.5
_REDIRECTS: Final = 3
_HOSTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "whatsapp": ("fbsbx.com", "facebook.com", "whatsapp.net"),
    "messenger": ("fbsbx.com", "fbcdn.net"),
    "instagram": ("fbsbx.com", "fbcdn.net", "cdninstagram.com"),
    "line": ("line.me",),
    "x": ("twimg.com", "twitter.com", "x.com"),
    "twilio-sms": ("twilio.com", "twiliocdn.com"),
    "twilio-whatsapp": ("twilio.com", "twiliocdn.com"),
}
"""Where each network's files lie. Anything else is fetched only if the account's `media_hosts`
names it: an address inside a message must not make us call whomever its sender likes."""


class NotFetched(Exception):
    """The file cannot be had; the text says why, for people."""


class _Again(Exception):
    """This time it could not be had."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file lies, and what its own host is told to give it out."""

    url: str
    headers: dict[str, str]
    basic: tuple[str, str] | None = None


class MediaFetcher:
    """Fetches files by id through the provider's API, or by address."""

    def __init__(self, secrets: Secrets, *, limit: int, seconds: float) -> None:
        """limit: bytes of a file. seconds: for each of three attempts."""
        self._secrets = secrets
        self._limit = limit
        self._seconds = seconds

    async def fetch(self, account: Account, media: Media) -> tuple[bytes, str]:
        """The bytes of a file and its media type. Raises NotFetched."""
        secret = secret_of(self._secrets, account)
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep(_PAUSE * 2**attempt)
            try:
                async with http_client(self._seconds) as client:
                    async with asyncio.timeout(self._seconds):
                        place = await _place(client, account, media, secret)
                        return await self._got(client, account, place, media)
            except SecretMissing as error:
                raise NotFetched(f"there is no {error}") from None
            except httpx.InvalidURL:
                raise NotFetched("its address is none") from None
            except (_Again, httpx.RequestError, OSError, ValueError):
                continue
        raise NotFetched("the provider did not give it out in three attempts")

    async def _got(
        self, client: httpx.AsyncClient, account: Account, place: _Place, media: Media
    ) -> tuple[bytes, str]:
        url, first = place.url, urlsplit(place.url).netloc
        for _ in range(_REDIRECTS + 1):
            _check_host(account, url)
            own = urlsplit(url).netloc == first
            auth = httpx.BasicAuth(*place.basic) if place.basic and own else None
            asked = client.build_request("GET", url, headers=place.headers if own else {})
            answer = await client.send(asked, stream=True, auth=auth, follow_redirects=False)
            try:
                if answer.has_redirect_location:
                    url = urljoin(url, answer.headers["location"])
                    continue
                _check(answer)
                given = answer.headers.get("content-type", "").partition(";")[0].strip()[:255]
                return await self._bytes(answer), given or media.media_type
            finally:
                await answer.aclose()
        raise NotFetched("the provider sends from place to place")

    async def _bytes(self, answer: httpx.Response) -> bytes:
        try:
            return await bytes_of(answer, self._limit)
        except Unusable as error:
            raise NotFetched(str(error)) from None


async def _place(
    client: httpx.AsyncClient, account: Account, media: Media, secret: Secret
) -> _Place:
    """Where the file lies, asking the provider's API for it where it gives out ids only."""
    base = api_base(account)
    match account.kind:
        case "whatsapp" if media.id:
            headers = {"Authorization": f"Bearer {secret('access-token')}"}
            told = await _asked(client, f"{base}/{segment(media.id)}", headers)
            return _Place(str(told.get("url", "")), headers)
        case "line" if media.id:
            headers = {"Authorization": f"Bearer {secret('access-token')}"}
            # Contents have a host of their own at LINE.
            host = base.replace("://api.line.me", "://api-data.line.me")
            return _Place(f"{host}/v2/bot/message/{segment(media.id)}/content", headers)
        case "telegram" if media.id:
            token = secret("bot-token")
            query = urlencode({"file_id": media.id})
            told = await _asked(client, f"{base}/bot{token}/getFile?{query}", {})
            path = str((told.get("result") or {}).get("file_path", ""))
            place = "/".join(map(segment, path.split("/")))
            return _Place(f"{base}/file/bot{token}/{place}", {})
        case "twilio-sms" | "twilio-whatsapp" if media.url:
            basic = (str(account.settings.get("account_sid", "")), secret("auth-token"))
            return _Place(media.url, {}, basic)
    if media.url is None:
        raise NotFetched("the provider has told no address of it")
    return _Place(media.url, {})


async def _asked(client: httpx.AsyncClient, url: str, headers: dict[str, str]) -> dict[str, Any]:
    async with client.stream("GET", url, headers=headers) as answer:
        _check(answer)
        told = await json_of(answer)
    if not isinstance(told, dict):
        raise _Again
    return told


def _check(answer: httpx.Response) -> None:
    if answer.status_code == 429 or answer.status_code >= 500 or answer.status_code == 202:
        raise _Again  # 202: LINE is still preparing a large file
    if answer.status_code != 200:
        raise NotFetched(f"the provider answered {answer.status_code}")


def _check_host(account: Account, url: str) -> None:
    """Raises NotFetched for a place that is neither the provider's nor allowed by the account."""
    place, own = urlsplit(url), urlsplit(api_base(account))
    if (place.scheme, place.netloc) == (own.scheme, own.netloc):
        return
    host = (place.hostname or "").lower()
    allowed = (*_HOSTS.get(account.kind, ()), *account.settings.get("media_hosts", ()))
    known = any(host == one or host.endswith(f".{one}") for one in allowed)
    if place.scheme != "https" or place.port not in (None, 443) or not known:
        raise NotFetched(f"it lies at {host[:100]}, which is not the provider's")
