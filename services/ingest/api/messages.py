"""Messages over HTTP: by the id of the raw mail, or of the message."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from services.ingest.api import views
from services.ingest.domain.messages import Message
from services.ingest.repository import Deliveries, Messages, RawMails
from services.ingest.repository.raw_mails import RawMail
from shared.service import NOT_FOUND, Caller, NotFound, require
from shared.storage import BlobStore, Database, ReadSession, UnknownBlob

Reader = Annotated[Caller, Depends(require("messages:read"))]


def add_routes(routes: APIRouter, database: Database, blobs: BlobStore) -> None:
    """GET /messages/{id}, GET /messages/{id}/raw and GET /raw/{sha256}."""

    @routes.get("/messages/{id}", tags=["messages"], responses=NOT_FOUND)
    async def show_message(id: UUID, caller: Reader) -> views.Found:
        """What became of a raw mail, or a message of any channel; `id` may be either's."""
        async with database.reading() as session:
            raw, message = await _look_up(session, caller.tenant, id)
            delivery = None
            if message is not None and message.direction == "outbound":
                found = await Deliveries(session).find([(caller.tenant, message.id)])
                delivery = found.get(message.id)
        return views.Found(
            state="received" if message is None else "parsed",
            raw=None if raw is None else views.RawView.of(raw),
            message=None if message is None else views.detail(message, delivery),
        )

    @routes.get(
        "/messages/{id}/raw",
        tags=["messages"],
        response_class=Response,
        responses=NOT_FOUND | {200: {"content": {"message/rfc822": {}}}},
    )
    async def show_raw(id: UUID, caller: Reader) -> Response:
        """The mail as it came, byte for byte; `id` is the raw mail's or the message's."""
        async with database.reading() as session:
            raw, _ = await _look_up(session, caller.tenant, id)
            raw = await RawMails(session).with_body(caller.tenant, raw.id) if raw else None
        if raw is None:
            raise NotFound("raw mail", id)
        return await _download(raw, blobs)

    @routes.get(
        "/raw/{sha256}",
        tags=["messages"],
        response_class=Response,
        responses=NOT_FOUND | {200: {"content": {"message/rfc822": {}}}},
    )
    async def show_bytes(
        sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")], caller: Reader
    ) -> Response:
        """A mail as it came, by the SHA-256 of its bytes in lower-case hexadecimal."""
        key = caller.tenant, bytes.fromhex(sha256)
        async with database.reading() as session:
            known = (await RawMails(session).known([key])).get(key)
            raw = await RawMails(session).with_body(caller.tenant, known.id) if known else None
        if raw is None:
            raise NotFound("raw mail", sha256)
        return await _download(raw, blobs)


async def _download(raw: RawMail, blobs: BlobStore) -> Response:
    return Response(
        await _bytes(raw, blobs),
        media_type="message/rfc822",
        headers={
            "Content-Disposition": f'attachment; filename="{raw.id}.eml"',
            "ETag": f'"{raw.sha256.hex()}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _look_up(
    session: ReadSession, tenant: str, id: UUID
) -> tuple[RawMail | None, Message | None]:
    """The raw mail and the message that an id leads to; raises the 404 if it leads to neither."""
    raws, messages = RawMails(session), Messages(session)
    raw = await raws.find(tenant, id)
    if raw is not None:
        return raw, await messages.find(tenant, raw.message_id) if raw.message_id else None
    message = await messages.find(tenant, id)
    if message is None:
        raise NotFound("message", id)
    return await raws.find(tenant, message.raw_id) if message.raw_id else None, message


async def _bytes(raw: RawMail, blobs: BlobStore) -> bytes:
    if raw.body is not None:
        return raw.body
    if raw.blob_key is None:
        # Retention has ended, or its sender was erased; id and hash are left.
        raise NotFound("raw mail", raw.id)
    try:
        return await blobs.get(raw.blob_key)
    except UnknownBlob:
        raise NotFound("raw mail", raw.id) from None
