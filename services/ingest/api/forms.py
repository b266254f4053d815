"""Contact forms: the page, and where it and pages of one's own are posted to."""

from collections import Counter
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from services.ingest.api.form_answers import (
    FormTaken,
    action_of,
    admitted,
    faulty,
    language_of,
    shown,
    thanked,
)
from services.ingest.api.form_posts import Posted, posted
from services.ingest.clamd import ScanFailed
from services.ingest.contact_settings import FormSettings
from services.ingest.domain import form_page
from services.ingest.domain.forms import Fault, Form, answers, form_of, is_trapped
from services.ingest.domain.messages import Blob
from services.ingest.mail_in.room import NoRoom, Room
from services.ingest.metric_names import FORMS
from services.ingest.pressure import Pressure
from services.ingest.rate_limits import MINUTES, RateLimits, Sender
from services.ingest.repository import Accounts
from services.ingest.settings import IngestSettings
from services.ingest.uploads import NotTaken, Uploads
from services.ingest.usecases.accept_form import SentForm, accept_forms
from shared.messaging.events import current_traceparent
from shared.messaging.ids import new_id
from shared.messaging.intake import Intake
from shared.messaging.unit import UnitOfWork
from shared.service import NOT_FOUND, NotFound, Problem, Unavailable
from shared.storage import Database

Tenant = Annotated[str, Path(description="The tenant's slug", max_length=40)]
FormId = Annotated[str, Path(description="The channel account of kind form", max_length=60)]
_FIELDS: Final = {"type": "object", "additionalProperties": True}
_EXAMPLE: Final = {"email": "ana@example.com", "message": "Where is my invoice?"}
_BODY: Final[dict[str, Any]] = {
    "security": [],
    "requestBody": {
        "required": True,
        "description": "The form's fields by their names; files come by multipart",
        "content": {
            "application/json": {"schema": _FIELDS, "example": _EXAMPLE},
            "application/x-www-form-urlencoded": {"schema": _FIELDS},
            "multipart/form-data": {"schema": _FIELDS},
        },
    },
}
_LONGEST_ATTEMPT: Final = 200
_FILES_AT_ONCE: Final = 4
_WAIT_SECONDS: Final = 10.0


class _Counter:
    """Takes forms over: checks them, keeps their files, stores them in groups."""

    def __init__(
        self,
        unit: UnitOfWork,
        uploads: Uploads,
        limits: RateLimits,
        *,
        pressure: Pressure,
        settings: IngestSettings,
    ) -> None:
        self._intake: Intake[SentForm, None] = Intake(unit, accept_forms)
        self._database = unit.database
        self._uploads = uploads
        self._pressure = pressure
        self._limits = limits
        self._proxies = settings.form_proxies
        self._room = Room(_FILES_AT_ONCE * settings.form_limit)
        self._limit = settings.form_limit

    async def take(self, request: Request, place: tuple[str, str]) -> Response:
        """Store what was posted, and answer as its sender wants it. Raises the problem."""
        form = await found(self._database, *place)
        headers = admitted(form, request)
        await self._count(form, Sender(*place, _address(request, self._proxies)), headers)
        if self._pressure.shortage is not None:
            raise Unavailable("Too much is waiting; send it again later.", retry_after=10)
        try:
            async with self._room.hold(_length(request, self._limit), _WAIT_SECONDS):
                return await self._taken(request, form, place, headers)
        except NoRoom:
            raise Unavailable("Many large forms are on their way.", retry_after=5) from None

    async def _taken(
        self, request: Request, form: Form, place: tuple[str, str], headers: dict[str, str]
    ) -> Response:
        given = await posted(request, form)
        language = language_of(request, form, given.value("_language"))
        if is_trapped(form, given.filled):
            FORMS.labels("bot").inc()
            return thanked(form, given, place, language, headers)
        said = answers(form, given.filled, Counter(file.field for file in given.files))
        faults = list(said.faults)
        files = [] if faults else await self._files(place[0], given, faults)
        if faults:
            FORMS.labels("faulty").inc()
            return faulty(form, given, place, language=language, faults=faults, headers=headers)
        attempt = _attempt(request, given)
        trace = current_traceparent()
        sent = SentForm(*place, attempt, said, tuple(files), language, trace)
        await self._intake.submit(sent, size=len(said.text))
        FORMS.labels("taken").inc()
        return thanked(form, given, place, language, headers)

    async def _count(self, form: Form, sender: Sender, headers: dict[str, str]) -> None:
        if await self._limits.take(sender, form.rate_per_address, form.rate_per_form):
            return
        FORMS.labels("too-many").inc()
        headers = headers | {"Retry-After": str(MINUTES * 60)}
        detail = "Wait some minutes before the next one."
        raise Problem(429, "Too many forms", detail, headers=headers)

    async def _files(
        self, tenant: str, given: Posted, faults: list[Fault]
    ) -> list[tuple[str, Blob]]:
        """The files in the blob store; adds to faults what is wrong with them."""
        kept = []
        for file in given.files:
            try:
                blob = await self._uploads.keep(tenant, file.data, file.media_type)
                kept.append((file.name, blob))
            except NotTaken as error:
                faults.append(Fault(file.field, "virus" if error.why == "virus" else "file-type"))
            except ScanFailed:
                detail = "The virus scanner does not answer."
                raise Unavailable(detail, retry_after=10) from None
        return kept


async def found(database: Database, tenant: str, id: str) -> Form:
    """A form by its tenant and account. Raises NotFound."""
    async with database.reading() as session:
        # No text with a NUL is known to PostgreSQL; nor has any account such a name.
        account = None if "\0" in tenant + id else await Accounts(session).find(tenant, id)
    if account is None or account.kind != "form":
        raise NotFound("form", "of this address")
    return form_of(FormSettings.model_validate(account.settings).model_dump(mode="json"))


def _attempt(request: Request, given: Posted) -> str:
    named = given.value("_submission") or request.headers.get("idempotency-key", "")
    return named[:_LONGEST_ATTEMPT] or new_id().hex


def _address(request: Request, proxies: int) -> str:
    """The client's address: the peer's, or what the outermost trusted proxy has seen."""
    peer = request.client.host if request.client else "unknown"
    if proxies:
        seen = [one.strip() for one in request.headers.get("x-forwarded-for", "").split(",")]
        return seen[-proxies] if len(seen) >= proxies and seen[-proxies] else peer
    return peer


def _length(request: Request, limit: int) -> int:
    stated = request.headers.get("content-length", "")
    return min(int(stated), limit) if stated.isascii() and stated.isdigit() else limit


def add_routes(
    routes: APIRouter,
    unit: UnitOfWork,
    uploads: Uploads,
    limits: RateLimits,
    *,
    pressure: Pressure,
    settings: IngestSettings,
) -> None:
    """POST and OPTIONS /forms/{tenant}/{form}: no token, for everybody's browser."""
    counter = _Counter(unit, uploads, limits, pressure=pressure, settings=settings)

    @routes.options("/forms/{tenant}/{form}", include_in_schema=False)
    async def preflight(request: Request, tenant: Tenant, form: FormId) -> Response:
        known = await found(unit.database, tenant, form)
        return Response(status_code=204, headers=admitted(known, request))

    @routes.post(
        "/forms/{tenant}/{form}",
        tags=["forms"],
        status_code=202,
        response_model=FormTaken,
        responses=NOT_FOUND,
        openapi_extra=_BODY,
        max_body_size=settings.form_limit,
    )
    async def take_form(request: Request, tenant: Tenant, form: FormId) -> Response:
        """Take a form that somebody sent off: 202, or 303 for a browser, says that it is stored.

        What is wrong with it is said for each field. The same with the same `_submission` (or
        Idempotency-Key) again is the same form.
        """
        return await counter.take(request, (tenant, form))


def pages(database: Database) -> APIRouter:
    """The form as a page for people, and the page that says thanks."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/t/{tenant}/forms/{form}")
    async def show(request: Request, tenant: Tenant, form: FormId) -> Response:
        known = await found(database, tenant, form)
        language = language_of(request, known)
        action = action_of((tenant, form))
        return shown(known, form_page.page(known, language, action, new_id().hex, filled={}))

    @routes.get("/t/{tenant}/forms/{form}/thanks")
    async def thank(request: Request, tenant: Tenant, form: FormId) -> Response:
        known = await found(database, tenant, form)
        return shown(known, form_page.thanks(known, language_of(request, known)))

    return routes
