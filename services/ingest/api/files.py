"""Files for events: sent here first, then named in the event that they belong to."""

from collections.abc import Awaitable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Request

from services.ingest.clamd import ScanFailed
from services.ingest.domain.messages import Blob
from services.ingest.mail_in.room import NoRoom, Room
from services.ingest.pressure import Pressure
from services.ingest.settings import IngestSettings
from services.ingest.uploads import NotTaken, Uploads
from shared.contracts.payload import BlobRef
from shared.service import Caller, Invalid, Problem, Unavailable, require

_FILES_AT_ONCE: Final = 4
_WAIT_SECONDS: Final = 10.0
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes, with its own media type as the content type",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


def add_routes(
    routes: APIRouter, uploads: Uploads, pressure: Pressure, settings: IngestSettings
) -> None:
    """POST /blobs."""
    limit = settings.blob_limit
    room = Room(_FILES_AT_ONCE * limit)

    @routes.post(
        "/blobs",
        tags=["blobs"],
        status_code=201,
        response_model=BlobRef,
        openapi_extra=_BODY,
        max_body_size=limit,
    )
    async def keep_blob(
        request: Request,
        caller: Annotated[Caller, Depends(require("messages:write"))],
        content_type: Annotated[str | None, Header(max_length=255)] = None,
        content_length: Annotated[int | None, Header(ge=0)] = None,
    ) -> BlobRef:
        """Keep a file; the answer is what an event's `blob` names. The same bytes: the same blob.

        What no message names 15 days later is removed.
        """
        if pressure.shortage is not None:
            raise Unavailable("Too much is waiting; send it again later.", retry_after=10)
        try:
            async with room.hold(min(content_length or limit, limit), _WAIT_SECONDS):
                data = await request.body()
                if not data:
                    raise Invalid("The body is empty: send the file's bytes.")
                kept = await taken(uploads.keep(caller.tenant, data, content_type))
        except NoRoom:
            raise Unavailable("Many large files are on their way.", retry_after=5) from None
        return BlobRef(key=kept.key, size=kept.size, sha256=kept.sha256, media_type=kept.media_type)


async def taken(keeping: Awaitable[Blob]) -> Blob:
    """The file that `Uploads.keep` keeps. Raises the problem where it is not kept."""
    try:
        return await keeping
    except NotTaken as error:
        if error.why == "virus":
            detail = "The virus scanner has found something in it."
            raise Problem(422, "The file is not taken", detail, kind="virus") from None
        detail = f"{error.media_type} is not among the types that are taken."
        raise Problem(415, "This type of file is not taken", detail) from None
    except ScanFailed:
        raise Unavailable("The virus scanner does not answer.", retry_after=10) from None
