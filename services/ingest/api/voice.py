"""The webhook of telephone systems (CTI): how calls go, signed as Standard Webhooks are."""

import json
import logging
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.ingest.domain.accounts import Account
from services.ingest.domain.providers.signatures import is_standard
from services.ingest.metric_names import CALL_STEPS, WEBHOOKS_REFUSED
from services.ingest.pressure import Pressure
from services.ingest.providers.secret_of import secret_of
from services.ingest.repository import Accounts
from services.ingest.repository.delivery_statuses import database_time
from services.ingest.secrets import SecretMissing, Secrets
from services.ingest.settings import IngestSettings
from services.ingest.usecases.accept_calls import TakenCalls, accept_calls
from shared.contracts import inbound_voice as contract
from shared.contracts.payload import Address, Count, ExternalId, Language, Line, Moment, Name
from shared.messaging.events import current_traceparent
from shared.messaging.intake import Intake
from shared.messaging.unit import UnitOfWork
from shared.service import NOT_FOUND, Invalid, Problem, Unavailable

log = logging.getLogger(__name__)

Tenant = Annotated[str, Path(description="The tenant's slug", max_length=40)]
AccountId = Annotated[str, Path(description="The channel account of kind voice", max_length=60)]
Event = Literal[
    "call", "answered", "transferred", "hung-up", "missed", "voicemail", "callback-requested"
]
_EXAMPLE: Final = {
    "events": [
        {"event": "call", "call_id": "7001", "at": "2026-11-02T09:00:04Z", "caller": "030 5550100"},
        {"event": "hung-up", "call_id": "7001", "at": "2026-11-02T09:04:49Z"},
    ]
}


class CallEvent(BaseModel):
    """One thing that happened to a call; docs/voice.md says which fields belong to which event."""

    model_config = ConfigDict(extra="ignore")

    event: Event
    call_id: ExternalId
    at: Moment
    caller: Address | None = Field(None, description="As the system has it; null if withheld")
    caller_name: Name | None = None
    called: Address | None = None
    language: Language | None = None
    by: ExternalId | None = Field(None, description="Who answered, or took it over")
    waiting_seconds: Count | None = None
    talking_seconds: Count | None = None
    recording: contract.Recording | None = Field(
        None, description="Of a hung-up call, or what was left as voicemail"
    )
    number: Address | None = Field(None, description="Where to call back; null: the caller")
    wished_at: Moment | None = Field(None, description="When to call back")
    text: Line | None = Field(None, description="What a call-back is wanted for")

    def step(self) -> contract.VoiceEvent:
        """The event as adapters publish it."""
        who = {
            "call_id": self.call_id, "at": self.at, "caller": self.caller,
            "caller_name": self.caller_name, "called": self.called, "language": self.language,
        }  # fmt: skip
        return _TYPES[self.event].model_validate(who | self._own())

    def _own(self) -> dict[str, Any]:
        match self.event:
            case "answered" | "transferred":
                return {"by": self.by, "transferred": self.event == "transferred"}
            case "missed" | "voicemail":
                return {"voicemail": self.recording, "wished_at": self.wished_at}
            case "hung-up":
                return {
                    "waiting_seconds": self.waiting_seconds,
                    "talking_seconds": self.talking_seconds, "recording": self.recording,
                }  # fmt: skip
            case "callback-requested":
                return {"number": self.number, "wished_at": self.wished_at, "text": self.text}
        return {}


_TYPES: Final[dict[str, type[contract.VoiceEvent]]] = {
    "call": contract.InboundVoiceCallStarted,
    "answered": contract.InboundVoiceAnswered,
    "transferred": contract.InboundVoiceAnswered,
    "hung-up": contract.InboundVoiceEnded,
    "missed": contract.InboundVoiceMissed,
    "voicemail": contract.InboundVoiceMissed,
    "callback-requested": contract.InboundVoiceCallbackRequested,
}


class CallEvents(BaseModel):
    """What a telephone system sends: one event, or several."""

    events: list[CallEvent] = Field(min_length=1, max_length=500)


class CallsTaken(BaseModel):
    """What the webhook brought; all of it is stored."""

    events: int


class _Line:
    """Finds the account, has the signature checked, and stores what came in groups."""

    def __init__(self, unit: UnitOfWork, pressure: Pressure, settings: IngestSettings) -> None:
        self._intake: Intake[TakenCalls, None] = Intake(unit, accept_calls)
        self._database = unit.database
        self._pressure = pressure
        self._secrets = Secrets(settings)

    async def take(self, request: Request, tenant: str, id: str) -> CallsTaken:
        """Store what the webhook brings. Raises the problem if it cannot be."""
        if self._pressure.shortage is not None:
            raise Unavailable("Too much is waiting; send it again later.", retry_after=10)
        account, now = await self._found(tenant, id)
        body = await request.body()
        self._prove(account, request, body, now)
        steps = tuple(one.step() for one in _events(body))
        taken = TakenCalls(account.tenant, account.id, steps, current_traceparent())
        await self._intake.submit(taken, size=len(body))
        CALL_STEPS.inc(len(steps))
        return CallsTaken(events=len(steps))

    async def _found(self, tenant: str, id: str) -> tuple[Account, datetime]:
        async with self._database.reading() as session:
            # No text with a NUL is known to PostgreSQL; nor has any account such a name.
            account = None if "\0" in tenant + id else await Accounts(session).find(tenant, id)
            now = await database_time(session)
        if account is None or account.kind != "voice":
            raise Problem(404, "Not found", "There is no voice account under this address.")
        return account, now

    def _prove(self, account: Account, request: Request, body: bytes, now: datetime) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            secret = secret_of(self._secrets, account)("signing-secret")
            is_known = is_standard(secret, body, headers, now)
        except (SecretMissing, ValueError):
            who = {"tenant": account.tenant, "account": account.id}
            log.error("webhook's secret is missing or unusable", extra=who)
            raise Unavailable("This webhook is not set up yet.", retry_after=60) from None
        if not is_known:
            WEBHOOKS_REFUSED.labels("voice", "signature").inc()
            raise Problem(401, "Not signed", "The signature is missing or wrong.")


def _events(body: bytes) -> list[CallEvent]:
    try:
        given = json.loads(body)
        if isinstance(given, dict) and "events" not in given:
            given = {"events": [given]}
        return CallEvents.model_validate(given).events
    except ValidationError as error:
        WEBHOOKS_REFUSED.labels("voice", "malformed").inc()
        fault = error.errors(include_input=False, include_url=False)[0]
        pointer = "#/" + "/".join(str(part) for part in fault["loc"])
        raise Invalid(fault["msg"], pointer=pointer) from None
    except (ValueError, RecursionError):
        WEBHOOKS_REFUSED.labels("voice", "malformed").inc()
        raise Invalid("The body must be JSON in UTF-8.") from None


def add_routes(
    routes: APIRouter, unit: UnitOfWork, pressure: Pressure, settings: IngestSettings
) -> None:
    """POST /voice/{tenant}/{account}: no token, a Standard Webhooks signature instead."""
    line = _Line(unit, pressure, settings)
    schema = {"schema": {"type": "object"}, "example": _EXAMPLE}

    @routes.post(
        "/voice/{tenant}/{account}",
        tags=["webhooks"],
        responses=NOT_FOUND,
        openapi_extra={
            "security": [],
            "requestBody": {"required": True, "content": {"application/json": schema}},
        },
        max_body_size=settings.webhook_limit,
    )
    async def take_calls(request: Request, tenant: Tenant, account: AccountId) -> CallsTaken:
        """Take events of calls, one or `events` in any order. 200 says that they are stored.

        Signed as Standard Webhooks are; the same once more does no harm.
        """
        return await line.take(request, tenant, account)
