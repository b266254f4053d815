"""Live chat over HTTP: the visitor's socket and files, the demo page, and what agents do."""

from pathlib import Path as File
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, Response
from starlette.websockets import WebSocket

from services.ingest.chat.desk import ChatDesk, Open
from services.ingest.chat.socket import serve
from services.ingest.domain.chat import sessions
from services.ingest.domain.chat.happenings import End
from services.ingest.domain.chat.passes import SessionPass
from services.ingest.domain.chat.sessions import Chat
from services.ingest.domain.messages import Blob
from services.ingest.metric_names import CHAT_REFUSED
from services.ingest.usecases.chat_turns import Turn
from shared.service import (
    COMMAND,
    NOT_FOUND,
    Caller,
    Command,
    Conflict,
    Invalid,
    NotFound,
    Problem,
    Work,
    command,
    require,
)
from shared.storage import BlobStore
from shared.storage.blobs import UnknownBlob

_PAGE = (File(__file__).parents[1] / "pages" / "chat.html").read_text(encoding="utf-8")
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self' ws: wss:; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
Tenant = Annotated[str, Query(max_length=40, pattern=r"^[a-z0-9][a-z0-9-]*$")]


class ChatView(BaseModel):
    """How a chat session stands."""

    id: UUID = Field(description="The session's id, which is also its conversation's")
    account: str = Field(description="The channel account that it is on")
    state: Literal["open", "bot", "waiting", "active", "ended"]
    seq: int = Field(description="Number of its last entry")
    read_seq: int = Field(description="How far the visitor has read")
    messages: int = Field(description="What the visitor has written")
    replies: int = Field(description="What was answered, by the bot and by people")

    @classmethod
    def of(cls, chat: Chat) -> "ChatView":
        """From the domain."""
        return cls.model_validate(chat, from_attributes=True)


class Signal(BaseModel):
    """Something that the visitor sees at once and that may be lost."""

    type: Literal["typing", "read"]
    seq: int | None = Field(None, ge=0, description="Of `read`: the last entry that was read")


class Uploaded(BaseModel):
    """A stored file."""

    file: str = Field(description="What a `message` frame names it by; good for a day")
    name: str
    type: str
    size: int = Field(description="Bytes")


def add_socket(routes: APIRouter, desk: ChatDesk) -> None:
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
            await desk.unlock()
            try:
                await serve(socket, desk, tenant, opened)
            finally:
                desk.places.leave(_address(socket, desk.settings.proxies))


def add_files(routes: APIRouter, desk: ChatDesk, blobs: BlobStore) -> None:
    """POST /chat/{account}/files, its preflight, and GET /chat-files/{token}."""
    types = frozenset(one.strip() for one in desk.settings.file_types.split(","))

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
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type not in types:
            raise Problem(415, "This type of file is not taken", f"Send one of {sorted(types)}.")
        data = await request.body()
        if not data:
            raise Invalid("The file is empty.")
        key = await blobs.put("ingest", tenant, data)
        blob = Blob(key, len(data), key.rpartition("/")[2], media_type)
        plain = name.replace("\\", "/").rpartition("/")[2]
        file = sessions.File("".join(c for c in plain if c.isprintable()) or "file", blob)
        response.headers.update(_cross_origin(request))
        token = desk.link(tenant, visitor.session, file)
        return Uploaded(file=token, name=file.name, type=media_type, size=len(data))

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


def add_agents(routes: APIRouter, desk: ChatDesk) -> None:
    """GET /chats/{id}, POST /chats/{id}/signals and /chats/{id}/end."""

    @routes.get("/chats/{id}", tags=["chat"], responses=NOT_FOUND)
    async def show(
        id: UUID, caller: Annotated[Caller, Depends(require("messages:read"))]
    ) -> ChatView:
        """How a chat session stands; its id is its conversation's."""
        chat = await desk.chat((caller.tenant, id))
        if chat is None:
            raise NotFound("chat", id)
        return ChatView.of(chat)

    @routes.post("/chats/{id}/signals", tags=["chat"], status_code=204)
    async def signal(
        id: UUID, asked: Signal, caller: Annotated[Caller, Depends(require("tickets:write"))]
    ) -> None:
        """Show the visitor that an agent is typing or has read; nothing is stored."""
        frame = {"type": asked.type, "who": "agent"}
        if asked.seq is not None:
            frame |= {"seq": asked.seq}  # type: ignore[dict-item]
        desk.hub.signal((caller.tenant, id), frame)

    @routes.post(
        "/chats/{id}/end", tags=["chat"], response_model=ChatView, responses=NOT_FOUND | COMMAND
    )
    async def end(
        id: UUID, command: Annotated[Command, Depends(command("tickets:write"))]
    ) -> Response:
        """End a chat session."""
        caller = command.caller
        agent = UUID(caller.subject) if caller.kind == "agent" else None
        key = caller.tenant, id

        async def effect(work: Work) -> ChatView:
            turn = Turn(key, None, End("agent", agent), work.cause)
            taken = (await desk.take(work.session, work.outbox, [turn], work.now))[0]
            if taken.refusal == "no-session":
                raise NotFound("chat", id)
            if taken.refusal is not None:
                raise Conflict("The chat has ended, or nothing was said in it yet.")
            return ChatView.of(await desk.stored(work.session, key))

        return await command.run(effect)


def pages(desk: ChatDesk) -> APIRouter:
    """GET /t/{tenant}/chat/{account}: the demo page, which shows how a page of one's own goes."""
    routes = APIRouter(tags=["chat"])

    @routes.get("/t/{tenant}/chat/{account}", response_class=HTMLResponse, responses=NOT_FOUND)
    async def page(tenant: str, account: str) -> HTMLResponse:
        """A chat page to try the channel with."""
        if await desk.open(tenant, account) is None:
            raise NotFound("chat", account)
        return HTMLResponse(_PAGE, headers=_PAGE_HEADERS)

    return routes


async def _refuse(socket: WebSocket, status: int, why: str) -> None:
    CHAT_REFUSED.labels(why).inc()
    await socket.send_denial_response(Response(why, status))


async def _too_many(socket: WebSocket, desk: ChatDesk) -> bool:
    why = desk.places.take(_address(socket, desk.settings.proxies))
    if why is not None:
        await _refuse(socket, 503 if why == "full" else 429, why)
    return why is not None


def _address(socket: WebSocket, proxies: int) -> str:
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
