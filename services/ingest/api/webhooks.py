"""Webhooks of messaging and social networks: answered once what they bring is stored."""

import logging
from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse, Response

from services.ingest.domain.accounts import Account
from services.ingest.domain.providers.found import (
    MOST_FOUND,
    Found,
    Ignored,
    NotOurs,
    Post,
    Status,
)
from services.ingest.domain.social import network_of
from services.ingest.metric_names import POSTS, WEBHOOK_IGNORED, WEBHOOKS_REFUSED
from services.ingest.pressure import Pressure
from services.ingest.providers.hooks import DOORS, Door, Hook
from services.ingest.providers.secret_of import secret_of
from services.ingest.repository import Accounts
from services.ingest.repository.delivery_statuses import database_time
from services.ingest.secrets import SecretMissing, Secrets
from services.ingest.settings import IngestSettings
from services.ingest.usecases.accept_webhook import TakenWebhook, accept_webhooks
from shared.messaging.events import current_traceparent
from shared.messaging.intake import Intake
from shared.messaging.unit import UnitOfWork
from shared.service import NOT_FOUND, Invalid, Problem, Unavailable

log = logging.getLogger(__name__)

Tenant = Annotated[str, Path(description="The tenant's slug", max_length=40)]
AccountId = Annotated[str, Path(description="The channel account that it is for", max_length=60)]
_MOST_NAMES: Final = 200
_BODY: Final[dict[str, Any]] = {
    "security": [],
    "requestBody": {
        "required": True,
        "description": "As the provider sends it; the generic one is in docs/social.md",
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {"messages": [{"id": "m-1", "author": {"id": "u-1"}, "text": "Hello"}]},
            },
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
        },
    },
}


class WebhookTaken(BaseModel):
    """What a webhook brought; all of it is stored."""

    posts: int = Field(description="Messages and posts of people")
    statuses: int = Field(description="What became of messages of ours")
    ignored: int = Field(description="What is neither")


class _Entrance:
    """Finds the account, has the signature checked, and stores what came in groups."""

    def __init__(self, unit: UnitOfWork, pressure: Pressure, settings: IngestSettings) -> None:
        self._intake: Intake[TakenWebhook, None] = Intake(unit, accept_webhooks)
        self._database = unit.database
        self._pressure = pressure
        self._public_url = settings.public_url
        self._secrets = Secrets(settings)
        self._named: set[tuple[str, str]] = set()

    async def take(self, request: Request, tenant: str, id: str) -> WebhookTaken:
        """Store what the webhook brings. Raises the problem if it cannot be."""
        if self._pressure.shortage is not None:
            raise Unavailable("Too much is waiting; send it again later.", retry_after=10)
        account, door, now = await self._found(tenant, id)
        hook = await self._hook(request, now)
        if not self._knows(door, hook, account):
            raise _refused(account, "signature")
        try:
            found = _at_most(door.read(hook))
        except NotOurs as error:
            WEBHOOKS_REFUSED.labels(network_of(account), "malformed").inc()
            raise Invalid(f"This is not what the network sends: {error}.") from None
        return await self._stored(account, found, len(hook.body))

    async def greet(self, request: Request, tenant: str, id: str) -> Response:
        """Answer what a provider asks before it sends anything."""
        account, door, now = await self._found(tenant, id)
        if door.greet is None:
            detail = "This network sends its webhooks by POST and asks nothing before."
            raise Problem(405, "Method not allowed", detail, headers={"Allow": "POST"})
        hook = await self._hook(request, now)
        with _Known(account):
            answer = door.greet(hook, secret_of(self._secrets, account))
        if answer is None:
            raise _refused(account, "challenge")
        if account.kind == "x":
            return Response(answer, media_type="application/json")
        return PlainTextResponse(answer, headers={"X-Content-Type-Options": "nosniff"})

    async def _found(self, tenant: str, id: str) -> tuple[Account, Door, datetime]:
        async with self._database.reading() as session:
            # No text with a NUL is known to PostgreSQL; nor has any account such a name.
            account = None if "\0" in tenant + id else await Accounts(session).find(tenant, id)
            now = await database_time(session)
        door = DOORS.get(account.kind) if account else None
        if account is None or door is None:
            detail = "There is no channel account with a webhook under this address."
            raise Problem(404, "Not found", detail)
        return account, door, now

    async def _hook(self, request: Request, now: datetime) -> Hook:
        url = str(request.url)
        if self._public_url is not None:
            url = self._public_url + request.url.path
            url += f"?{request.url.query}" if request.url.query else ""
        headers = {name.lower(): value for name, value in request.headers.items()}
        return Hook(url, headers, dict(request.query_params), await request.body(), now)

    def _knows(self, door: Door, hook: Hook, account: Account) -> bool:
        with _Known(account):
            return door.signed(hook, secret_of(self._secrets, account))

    async def _stored(self, account: Account, found: list[Found], size: int) -> WebhookTaken:
        network = network_of(account)
        posts = tuple(one for one in found if isinstance(one, Post))
        statuses = tuple(one for one in found if isinstance(one, Status))
        ignored = Counter(one.name for one in found if isinstance(one, Ignored))
        trace = current_traceparent()
        taken = TakenWebhook(account.tenant, account.id, network, posts, statuses, trace)
        await self._intake.submit(taken, size=size)
        POSTS.labels(network).inc(len(posts))
        self._count(network, ignored)
        log.info("webhook taken", extra={
            "tenant": account.tenant, "account": account.id, "posts": len(posts),
            "statuses": len(statuses), "ignored": dict(ignored),
        })  # fmt: skip
        return WebhookTaken(posts=len(posts), statuses=len(statuses), ignored=ignored.total())

    def _count(self, network: str, ignored: Counter[str]) -> None:
        for name, times in ignored.items():
            # A provider may make up names without end; a metric's labels must have one.
            if len(self._named) < _MOST_NAMES:
                self._named.add((network, name))
            known = name if (network, name) in self._named else "other"
            WEBHOOK_IGNORED.labels(network, known).inc(times)


class _Known:
    """Around what needs a secret: without it nobody can be believed, and nothing is lost by 503."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, SecretMissing | ValueError):
            who = {"tenant": self._account.tenant, "account": self._account.id}
            log.error("webhook's secret is missing or unusable", extra=who)
            raise Unavailable("This webhook is not set up yet.", retry_after=60) from None


def add_routes(
    routes: APIRouter, unit: UnitOfWork, pressure: Pressure, settings: IngestSettings
) -> None:
    """POST and GET /webhooks/{tenant}/{account}: no token, the provider's signature instead."""
    entrance = _Entrance(unit, pressure, settings)

    @routes.post(
        "/webhooks/{tenant}/{account}",
        tags=["webhooks"],
        response_model=WebhookTaken,
        responses=NOT_FOUND,
        openapi_extra=_BODY,
        max_body_size=settings.webhook_limit,
    )
    async def take_webhook(request: Request, tenant: Tenant, account: AccountId) -> Response:
        """Take a provider's webhook, signed as the provider does. 200 says that it is stored.

        The same once more does no harm: messages are known by the provider's ids.
        """
        taken = await entrance.take(request, tenant, account)
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return Response("<Response/>", media_type="text/xml")  # Twilio: nothing to say
        return Response(taken.model_dump_json(), media_type="application/json")

    @routes.get(
        "/webhooks/{tenant}/{account}",
        tags=["webhooks"],
        response_class=PlainTextResponse,
        responses=NOT_FOUND,
        openapi_extra={"security": []},
    )
    async def greet_provider(request: Request, tenant: Tenant, account: AccountId) -> Response:
        """Answer a provider's question whether we know the secret (hub.challenge, crc_token)."""
        return await entrance.greet(request, tenant, account)


def _at_most(found: Any) -> list[Found]:
    taken: list[Found] = []
    for one in found:
        if len(taken) >= MOST_FOUND:
            raise NotOurs(f"more than {MOST_FOUND} events in one body")
        taken.append(one)
    return taken


def _refused(account: Account, why: str) -> Problem:
    WEBHOOKS_REFUSED.labels(network_of(account), why).inc()
    return Problem(401, "Not signed", "The signature or token is missing or wrong.")
