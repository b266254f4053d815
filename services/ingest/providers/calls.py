"""One call of a provider's API, and what came of it."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from services.ingest.http_answers import http_client, json_of

# It logs addresses, and Telegram's have the bot's token in them.
logging.getLogger("httpx").setLevel(logging.WARNING)

_NOBODY: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Call:
    """A POST. One of json, raw (JSON already) and form is set; basic: user and password."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Mapping[str, Any] | None = None
    raw: bytes | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = None
    basic: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider answered; body: the JSON object that it sent, else an empty one."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def is_good(self) -> bool:
        """Whether the provider took it."""
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait that a header asks for; dates are not used by these providers."""
        given = self.headers.get("retry-after", "")
        return float(given) if given.isascii() and given.isdigit() and len(given) < 7 else None


class NobodyThere(Exception):
    """No connection came about: the provider has nothing of the message."""


class NoAnswer(Exception):
    """It was handed over, and no answer came."""


class Line:
    """Makes calls, each over a connection of its own."""

    def __init__(self, seconds: float) -> None:
        """seconds: for one call, from connecting to the end of the answer."""
        self._seconds = seconds
        self._client = http_client(seconds)

    async def post(self, call: Call) -> Answer:
        """The provider's answer, whatever it is. Raises NobodyThere or NoAnswer."""
        basic = httpx.BasicAuth(*call.basic) if call.basic else None
        content = call.raw if call.json is None else json.dumps(call.json).encode()
        try:
            asked = self._client.build_request(
                "POST", call.url, headers=dict(call.headers),
                content=content, data=None if call.form is None else dict(call.form),
            )  # fmt: skip
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise NobodyThere("the address of the API is none") from error
        if content is not None:
            asked.headers["content-type"] = "application/json"
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.send(asked, auth=basic, stream=True)
                try:
                    return Answer(answer.status_code, await _object(answer), answer.headers)
                finally:
                    await answer.aclose()
        except _NOBODY as error:
            raise NobodyThere(type(error).__name__) from error
        except (httpx.TransportError, TimeoutError) as error:
            raise NoAnswer(type(error).__name__) from error

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.aclose()


async def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = await json_of(answer)
    except (ValueError, httpx.HTTPError):
        # The status has said already whether the provider took it.
        return {}
    return body if isinstance(body, dict) else {}
