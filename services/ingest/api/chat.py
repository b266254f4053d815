"""Live chat over HTTP: the visitor's socket and files, the demo page, and what agents do."""

from pathlib import Path as File
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response
from starlette.websockets import WebSocket

from services.ingest.api.chat_files import VisitorFiles
from services.ingest.chat.desk import ChatDesk, Open
from services.ingest.chat.quota import Quota
from services.ingest.chat.socket import serve
from services.ingest.domain.chat import sessions
from services.ingest.domain.chat.passes import SessionPass
from services.ingest.metric_names import CHAT_REFUSED
from services.ingest.rate_limits import RateLimits, Sender
from shared.service import (
    NOT_FOUND,
    NotFound,
    Problem,
)
from shared.storage import BlobStore
from shared.storage.blobs import UnknownBlob

_PAGE = (File(__file__).parents[1] / "pages" / "chat.html").read_text(encoding="utf-8")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors {};"
)
_PAGE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
Tenant = Annotated[str, Query(max_length=40, pattern=r"^[a-z0-9][a-z0-9-]*$")]


class Uploaded(BaseModel):
    """A stored file."""

    file: str = Field(description="What a `message` frame names it by; good for a day")
    name: str
    type: str
    size: int = Field(description="Bytes")


def add_socket(routes: APIRouter, desk: ChatDesk, limits: RateLimits) -> None:
    """WebSocket /chat/{account}."""

    @routes.websocket("/chat/{account}")
    async def chat(socket: WebSocket, account: str, tenant: Tenant) -> None:
        opened = await desk.open(tenant, account)
        origin, host = socket.headers.get("origin"), socket.headers.get("host")
        if opened is None:
            await _refuse(socket, 404, "no-account")
        elif not opened.channel.admits(origin, host):
            await _refuse(socket, 403, "origin")
        elif not await _too_many(socket, desk):
            address = _address(socket, desk.settings.proxies)
            quota = Quota(limits, Sender(tenant, account, address), desk.settings)
            try:
                await desk.unlock()
                await serve(socket, desk, tenant, opened, quota)
            finally:
                desk.places.leave(address)


def add_files(routes: APIRouter, desk: ChatDesk, blobs: BlobStore, files: VisitorFiles) -> None:
    """POST /chat/{account}/files, its preflight, and GET /chat-files/{token}."""

    @routes.options("/chat/{account}/files", include_in_schema=False)
    async def preflight(account: str, tenant: Tenant, request: Request) -> Response:
        opened = await _embedded(desk, tenant, account, request)
        return Response(status_code=204, headers=_cross_origin(request) if opened else {})

    @routes.post(
        "/chat/{account}/files", tags=["chat"], status_code=201, responses=NOT_FOUND,
        max_body_size=desk.settings.file_limit,
    )  # fmt: skip
    async def upload(  # noqa: PLR0917 - as FastAPI reads them
        account: str,
        tenant: Tenant,
        request: Request,
        response: Response,
        authorization: Annotated[str, Header(max_length=5000)],
        name: Annotated[str, Query(min_length=1, max_length=255)],
        content_type: Annotated[str, Header(max_length=255)] = "application/octet-stream",
    ) -> Uploaded:
        """Store a file of a visitor's: its bytes are the body, the bearer is the visitor's token.

        What it answers is then named in a `message` frame.
        """
        await _embedded(desk, tenant, account, request)
        visitor = await _visitor(desk, tenant, account, authorization)
        sender = Sender(tenant, account, _address(request, desk.settings.proxies), "file")
        blob = await files.keep(request, sender, content_type)
        plain = name.replace("\\", "/").rpartition("/")[2]
        file = sessions.File("".join(c for c in plain if c.isprintable()) or "file", blob)
        response.headers.update(_cross_origin(request))
        token = desk.link(tenant, visitor.session, file)
        return Uploaded(file=token, name=file.name, type=blob.media_type, size=blob.size)

    @routes.get("/chat-files/{token}", tags=["chat"], responses=NOT_FOUND)
    async def download(token: Annotated[str, Path(max_length=4096)]) -> Response:
        """A file of a chat; the link is good for a day."""
        await desk.unlock()
        known = desk.file(token)
        if known is None:
            raise NotFound("file", "of this link")
        try:
            data = await blobs.get(known.file.blob.key)
        except UnknownBlob:
            raise NotFound("file", "of this link") from None
        name = quote(known.file.name, safe="")
        return Response(
            data, media_type=known.file.blob.media_type,
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "private, max-age=86400",
            },
        )  # fmt: skip


def pages(desk: ChatDesk) -> APIRouter:
    """GET /t/{tenant}/chat/{account}: the demo page, which shows how a page of one's own goes."""
    routes = APIRouter(tags=["chat"])

    @routes.get("/t/{tenant}/chat/{account}", response_class=HTMLResponse, responses=NOT_FOUND)
    async def page(tenant: str, account: str) -> HTMLResponse:
        """A chat page to try the channel with."""
        opened = await desk.open(tenant, account)
        if opened is None:
            raise NotFound("chat", account)
        policy = _POLICY.format(opened.channel.frame_ancestors)
        return HTMLResponse(_PAGE, headers=_PAGE_HEADERS | {"Content-Security-Policy": policy})

    return routes


async def _refuse(socket: WebSocket, status: int, why: str) -> None:
    CHAT_REFUSED.labels(why).inc()
    await socket.send_denial_response(Response(why, status))


async def _too_many(socket: WebSocket, desk: ChatDesk) -> bool:
    why = desk.places.take(_address(socket, desk.settings.proxies))
    if why is not None:
        await _refuse(socket, 503 if why == "full" else 429, why)
    return why is not None


def _address(socket: HTTPConnection, proxies: int) -> str:
    """The client's address: the peer's, or what the outermost trusted proxy has seen."""
    peer = socket.client.host if socket.client else "unknown"
    if proxies:
        seen = [one.strip() for one in socket.headers.get("x-forwarded-for", "").split(",")]
        return seen[-proxies] if len(seen) >= proxies and seen[-proxies] else peer
    return peer


async def _embedded(desk: ChatDesk, tenant: str, account: str, request: Request) -> Open:
    opened = await desk.open(tenant, account)
    if opened is None:
        raise NotFound("chat", account)
    if not opened.channel.admits(request.headers.get("origin"), request.headers.get("host")):
        raise Problem(403, "This page may not use the chat", "Its origin is not in the settings.")
    return opened


async def _visitor(desk: ChatDesk, tenant: str, account: str, bearer: str) -> SessionPass:
    await desk.unlock()
    known = desk.read(bearer.removeprefix("Bearer ").strip())
    if known is None or (known.tenant, known.account) != (tenant, account):
        raise Problem(401, "Not a visitor of this chat", "Send the token of `welcome`.")
    return known


def _cross_origin(request: Request) -> dict[str, str]:
    """Of a page that `_embedded` has let in (Fetch standard, CORS protocol)."""
    origin = request.headers.get("origin")
    if origin is None:
        return {}
    return {
        "Access-Control-Allow-Origin": origin, "Vary": "Origin",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "authorization, content-type",
        "Access-Control-Max-Age": "600",
    }  # fmt: skip
