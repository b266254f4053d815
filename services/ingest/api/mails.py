"""Raw mails over HTTP: answered once they are stored, read later."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.ingest.mail_in.door import MailDoor
from services.ingest.mail_in.room import NoRoom, Room
from services.ingest.metric_names import MAILS_ACCEPTED, MAILS_REFUSED
from services.ingest.pressure import Pressure, Shortage
from services.ingest.usecases.accept_mail import (
    LONGEST_IN_ROW,
    NoAccount,
    OfferedMail,
    accept_mails,
)
from services.ingest.usecases.read_mail import SERVICE
from shared.messaging.errors import is_transient
from shared.messaging.events import current_traceparent
from shared.messaging.ids import new_id
from shared.messaging.intake import Intake
from shared.messaging.unit import UnitOfWork
from shared.service import (
    COMMAND,
    NOT_FOUND,
    Command,
    Conflict,
    Invalid,
    NotFound,
    Reply,
    Unavailable,
    UnsupportedMediaType,
    Work,
    command,
    require,
)
from shared.storage import BlobStore

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_MEDIA_TYPE: Final = "message/rfc822"
_ROOM_SECONDS: Final = 20.0
_MAY_WRITE: Final = require("messages:write")
_CONDITIONS: Final = frozenset({"idempotency-key", "if-match"})
_RETRY_SECONDS: Final[dict[Shortage, int]] = {"outbox": 10, "disk": 60, "database": 2}
_WHY: Final[dict[Shortage, str]] = {
    "outbox": "Too much is waiting to be worked on",
    "disk": "The disk is nearly full",
    "database": "The database is busy",
}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The mail as it came, RFC 5322, 25 MB at most unless set otherwise",
        "content": {
            _MEDIA_TYPE: {
                "schema": {"type": "string", "format": "binary"},
                "example": "From: ana@example.com\r\nTo: help@demo.example\r\n"
                "Message-ID: <1@example.com>\r\nSubject: Invoice\r\n\r\nWhere is my invoice?\r\n",
            }
        },
    }
}


class AcceptedMail(BaseModel):
    """The mail is stored; nobody has looked into it yet."""

    id: UUID = Field(description="The raw mail's id: ask /v1/messages/{id} what became of it")
    status: str = Field(examples=["accepted"])


class _Door:
    """Takes mails one by one, and stores those that come at about the same time together."""

    def __init__(
        self, unit: UnitOfWork, blobs: BlobStore, pressure: Pressure, room: Room, longest: int
    ) -> None:
        self._room = room
        self._longest = longest
        self._intake: Intake[OfferedMail, UUID | NoAccount] = Intake(unit, accept_mails)
        self._blobs = blobs
        self._pressure = pressure

    async def take(self, request: Request) -> Response:
        """Store one mail together with others, and answer; raises the problem if it cannot be."""
        caller = await _MAY_WRITE(request)
        mail = await self._offered(request, caller.tenant)
        id = _id(await self._intake.submit(mail, size=mail.size))
        answer = b'{"id":"%b","status":"accepted"}' % str(id).encode()
        return Response(answer, 202, {"Location": f"/v1/messages/{id}"}, "application/json")

    async def take_once(self, request: Request, command: Command) -> Response:
        """Store one mail by itself, its answer under the Idempotency-Key."""
        mail = await self._offered(request, command.caller.tenant)

        async def effect(work: Work) -> Reply:
            [result] = await accept_mails(work.session, work.outbox, [mail], work.now)
            id = _id(result)
            return Reply(AcceptedMail(id=id, status="accepted"), location=f"/v1/messages/{id}")

        return await command.run(effect)

    def _refuse_under_pressure(self) -> None:
        short = self._pressure.shortage
        if short is not None:
            MAILS_REFUSED.labels(short).inc()
            seconds = _RETRY_SECONDS[short]
            raise Unavailable(f"{_WHY[short]}; send this mail again later.", retry_after=seconds)

    async def _offered(self, request: Request, tenant: str) -> OfferedMail:
        self._refuse_under_pressure()
        sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if sent != _MEDIA_TYPE:
            raise UnsupportedMediaType(_MEDIA_TYPE)
        announced = request.headers.get("content-length", "")
        size = int(announced) if announced.isdecimal() else self._longest
        if size <= LONGEST_IN_ROW:
            return await self._read(request, tenant)
        try:
            # A large body is there twice while its pieces are joined.
            async with self._room.hold(min(size, self._longest) * 2, _ROOM_SECONDS):
                return await self._read(request, tenant)
        except NoRoom:
            raise Unavailable("Too many large mails at once; send it again later.") from None

    async def _read(self, request: Request, tenant: str) -> OfferedMail:
        body = await request.body()
        if not body:
            raise Invalid("The body is empty; send the mail as it came, headers and all.")
        blob_key = None
        if len(body) > LONGEST_IN_ROW:
            digest = await asyncio.to_thread(_sha256, body)
            blob_key = await self._put(tenant, body)
        else:
            digest = _sha256(body)
        return OfferedMail(
            tenant=tenant,
            account=request.query_params.get("channel"),
            id=new_id(),
            sha256=digest,
            size=len(body),
            body=None if blob_key else body,
            blob_key=blob_key,
            traceparent=current_traceparent(),
        )

    async def _put(self, tenant: str, body: bytes) -> str:
        try:
            return await self._blobs.put(SERVICE, tenant, body)
        except Exception as error:
            if not is_transient(error):
                raise
            raise Unavailable("The blob store is away; send it again later.") from error


def add_routes(
    routes: APIRouter, unit: UnitOfWork, blobs: BlobStore, pressure: Pressure, door: MailDoor
) -> None:
    """POST /email/messages. door: whose room large mails share, and whose limit holds."""
    limit = door.longest
    quick = _Door(unit, blobs, pressure, door.room, limit)

    class Quick(APIRoute):
        """Answers without FastAPI's dependencies, a third of the cost, where none is needed."""

        def get_route_handler(self) -> Handler:
            by_dependencies = super().get_route_handler()

            async def handle(request: Request) -> Response:
                if _CONDITIONS.isdisjoint(request.headers):
                    return await quick.take(request)
                return await by_dependencies(request)

            return handle

    async def hand_in(
        request: Request,
        command: Annotated[Command, Depends(command("messages:write"))],
        channel: Annotated[
            str | None,
            Query(description="E-mail account that the mail came to; the tenant's oldest if none"),
        ] = None,
    ) -> Response:
        """Hand in a raw mail. 202 says that it is stored for good; it is read afterwards.

        The same bytes again are the same mail: they get the same id, and nothing happens twice.
        """
        return await quick.take_once(request, command)

    routes.add_api_route(
        "/email/messages",
        hand_in,
        methods=["POST"],
        tags=["mails"],
        status_code=202,
        response_model=AcceptedMail,
        responses=NOT_FOUND | COMMAND,
        max_body_size=limit,
        openapi_extra=_BODY,
        route_class_override=Quick,
    )


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _id(result: UUID | NoAccount) -> UUID:
    if isinstance(result, UUID):
        MAILS_ACCEPTED.inc()
        return result
    if result.account is not None:
        raise NotFound("e-mail account", result.account)
    raise Conflict("The tenant has no e-mail account; make one by PUT /v1/channels/{id}.")
