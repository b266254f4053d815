"""Each network's webhook: how it is signed, how it is read, what it asks for by GET."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from services.ingest.domain.accounts import Kind
from services.ingest.domain.providers import (
    generic,
    line,
    meta,
    signatures,
    telegram,
    twilio,
    whatsapp,
    x,
)
from services.ingest.domain.providers.found import Found, NotOurs

_MOST_FIELDS = 500
# The answer to a token is also the signature of the body that reads like it. These have no
# brackets and no quotes: no body that says anything can be written with them.
_X_TOKEN: Final = re.compile(r"[A-Za-z0-9+/=_-]{1,200}")


@dataclass(frozen=True, slots=True)
class Hook:
    """A request as it came. url: as the provider calls it; headers: names in lower case."""

    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    now: datetime

    def json(self) -> Any:
        """The body as JSON. Raises NotOurs where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise NotOurs("the body must be JSON in UTF-8") from None

    def form(self) -> list[tuple[str, str]]:
        """The body as form fields, in their order. Raises NotOurs where it is none."""
        try:
            return parse_qsl(
                self.body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS
            )
        except ValueError:
            raise NotOurs("the body must be form fields in UTF-8") from None


Secret = Callable[[str], str]
"""An account's secret by name; raises SecretMissing."""


@dataclass(frozen=True, slots=True)
class Door:
    """signed: whether the provider sent it. read: what it brings. greet: the answer to a GET.

    greet gives None where the question does not know the secret; no greet: nothing is asked.
    """

    signed: Callable[[Hook, Secret], bool]
    read: Callable[[Hook], Iterator[Found]]
    greet: Callable[[Hook, Secret], str | None] | None = None


def _meta_signed(hook: Hook, secret: Secret) -> bool:
    return signatures.is_meta(
        secret("app-secret"), hook.body, hook.headers.get("x-hub-signature-256")
    )


def _meta_greet(hook: Hook, secret: Secret) -> str | None:
    known = signatures.same(secret("verify-token"), hook.query.get("hub.verify_token"))
    if not known or hook.query.get("hub.mode") != "subscribe":
        return None
    return hook.query.get("hub.challenge", "")[:1000]


def _x_signed(hook: Hook, secret: Secret) -> bool:
    given = hook.headers.get("x-twitter-webhooks-signature")
    return signatures.is_x(secret("consumer-secret"), hook.body, given)


def _x_greet(hook: Hook, secret: Secret) -> str | None:
    token = hook.query.get("crc_token", "")
    if not _X_TOKEN.fullmatch(token):
        return None
    answer = signatures.x_answer(secret("consumer-secret"), token)
    return json.dumps({"response_token": answer})


def _line_signed(hook: Hook, secret: Secret) -> bool:
    return signatures.is_line(
        secret("channel-secret"), hook.body, hook.headers.get("x-line-signature")
    )


def _telegram_signed(hook: Hook, secret: Secret) -> bool:
    given = hook.headers.get("x-telegram-bot-api-secret-token")
    return signatures.same(secret("secret-token"), given)


def _twilio_signed(hook: Hook, secret: Secret) -> bool:
    given = hook.headers.get("x-twilio-signature")
    try:
        form = hook.form()
    except NotOurs:
        # Twilio sends forms only: what is none cannot be signed by it.
        form = []
    return signatures.is_twilio(secret("auth-token"), hook.url, form, given)


def _standard_signed(hook: Hook, secret: Secret) -> bool:
    return signatures.is_standard(secret("signing-secret"), hook.body, hook.headers, hook.now)


_TWILIO: Final = Door(_twilio_signed, lambda hook: twilio.read(dict(hook.form())))
DOORS: Final[Mapping[Kind, Door]] = {
    "whatsapp": Door(_meta_signed, lambda hook: whatsapp.read(hook.json()), _meta_greet),
    "messenger": Door(_meta_signed, lambda hook: meta.read(hook.json(), "page"), _meta_greet),
    "instagram": Door(_meta_signed, lambda hook: meta.read(hook.json(), "instagram"), _meta_greet),
    "telegram": Door(_telegram_signed, lambda hook: telegram.read(hook.json())),
    "line": Door(_line_signed, lambda hook: line.read(hook.json())),
    "x": Door(_x_signed, lambda hook: x.read(hook.json()), _x_greet),
    "twilio-sms": _TWILIO,
    "twilio-whatsapp": _TWILIO,
    "webhook": Door(_standard_signed, lambda hook: generic.read(hook.json())),
}
"""The webhook of each kind of account that has one."""
