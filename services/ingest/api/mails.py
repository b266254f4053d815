"""Raw mails over HTTP: answered once they are stored, read later."""

import asyncio
import hashlib
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.ingest.metric_names import MAILS_ACCEPTED, MAILS_REFUSED
from services.ingest.pressure import Pressure, Shortage
from services.ingest.usecases.accept_mail import (
    LONGEST_IN_ROW,
    NoAccount,
    OfferedMail,
    accept_mails,
)
from services.ingest.usecases.read_mail import SERVICE
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
)
from shared.storage import BlobStore

_MEDIA_TYPE: Final = "message/rfc822"
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

    def __init__(self, unit: UnitOfWork, blobs: BlobStore, pressure: Pressure) -> None:
        self._intake: Intake[OfferedMail, UUID | NoAccount] = Intake(unit, accept_mails)
        self._blobs = blobs
        self._pressure = pressure

    async def take(self, request: Request, command: Command, account: str | None) -> Response:
        """Store one mail and answer; raises the problem if it cannot be taken."""
        self._refuse_under_pressure()
        mail = await self._offered(request, command.caller.tenant, account)
        if command.key is None:
            result = await self._intake.submit(mail, size=mail.size)
            return _answer(result)

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

    async def _offered(self, request: Request, tenant: str, account: str | None) -> OfferedMail:
        sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if sent != _MEDIA_TYPE:
            raise UnsupportedMediaType(_MEDIA_TYPE)
        body = await request.body()
        if not body:
            raise Invalid("The body is empty; send the mail as it came, headers and all.")
        blob_key = None
        if len(body) > LONGEST_IN_ROW:
            digest = await asyncio.to_thread(_sha256, body)
            blob_key = await self._blobs.put(SERVICE, tenant, body)
        else:
            digest = _sha256(body)
        return OfferedMail(
            tenant=tenant, account=account, id=new_id(), sha256=digest, size=len(body),
            body=None if blob_key else body, blob_key=blob_key, traceparent=current_traceparent(),
        )  # fmt: skip


def routes(unit: UnitOfWork, blobs: BlobStore, pressure: Pressure, limit: int) -> APIRouter:
    """POST /email/messages. limit: bytes that a mail may have."""
    routes = APIRouter(tags=["mails"])
    door = _Door(unit, blobs, pressure)

    @routes.post(
        "/email/messages",
        status_code=202,
        response_model=AcceptedMail,
        responses=NOT_FOUND | COMMAND,
        max_body_size=limit,
        openapi_extra=_BODY,
    )
    async def hand_in(
        request: Request,
        command: Annotated[Command, Depends(command("messages:write"))],
        channel: Annotated[
            str | None,
            Query(
                max_length=60,
                description="E-mail account that the mail came to; the tenant's oldest if absent",
            ),
        ] = None,
    ) -> Response:
        """Hand in a raw mail. 202 says that it is stored for good; it is read afterwards.

        The same bytes again are the same mail: they get the same id, and nothing happens twice.
        """
        return await door.take(request, command, channel)

    return routes


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _answer(result: UUID | NoAccount) -> Response:
    id = _id(result)
    return Response(
        b'{"id":"%b","status":"accepted"}' % str(id).encode(),
        202,
        {"Location": f"/v1/messages/{id}"},
        "application/json",
    )


def _id(result: UUID | NoAccount) -> UUID:
    if isinstance(result, UUID):
        MAILS_ACCEPTED.inc()
        return result
    if result.account is not None:
        raise NotFound("e-mail account", result.account)
    raise Conflict("The tenant has no e-mail account; make one by PUT /v1/channels/{id}.")
