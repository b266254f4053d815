"""The providers' APIs on one local server, each demanding what its documentation demands."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.ingest.networks import KEY, STANDARD_KEY

Step = Callable[[], Response | None]
"""What the next call gets; None: hang up without an answer."""


class Providers:
    """taken: (network, recipient, text) of what was taken. plan: answers to give before that.

    encodings: what each call would take its answer in.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str]] = []
        self.calls = 0
        self.plan: deque[Response | str] = deque()
        self.files: dict[str, bytes] = {}
        self.wrong: list[str] = []
        self.encodings: list[str | None] = []
        self.url = ""
        self._numbers = itertools.count(1)
        self._keys: dict[str, str] = {}

    def app(self) -> Starlette:
        """All providers, told apart by their paths."""
        posts = (
            ("/5550001/messages", self.whatsapp),
            ("/me/messages", self.messages_of_a_page),
            ("/{comment}/comments", self.comment),
            ("/{comment}/replies", self.comment),
            ("/bot{token}/sendMessage", self.telegram),
            ("/v2/bot/message/push", self.line),
            ("/2/tweets", self.x_post),
            ("/2/dm_conversations/with/{user}/messages", self.x_message),
            ("/2010-04-01/Accounts/AC00000001/Messages.json", self.twilio),
            ("/", self.generic),
        )
        gets = (
            ("/bot{token}/getFile", self.telegram_file),
            ("/file/bot{token}/{name:path}", self.file),
            ("/v2/bot/message/{name}/content", self.file),
            ("/files/{name}", self.file),
            ("/moved/{name}", self.moved),
            ("/{name}", self.whatsapp_file),
        )
        return Starlette(
            routes=[
                *(Route(path, self._planned(answer), methods=["POST"]) for path, answer in posts),
                *(Route(path, self._planned(answer), methods=["GET"]) for path, answer in gets),
            ]
        )

    def _planned(self, answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Response:
            self.calls += 1
            self.encodings.append(request.headers.get("accept-encoding"))
            planned = self.plan.popleft() if self.plan else None
            if isinstance(planned, Response):
                return planned
            given: Response = await answer(request)
            if planned == "silent":
                await asyncio.sleep(30)
            return given

        return handle

    def _refuse(self, status: int, why: str) -> Response:
        self.wrong.append(why)
        return JSONResponse({"error": {"message": why, "code": status}}, status)

    def _took(self, network: str, recipient: str, text: str) -> int:
        self.taken.append((network, recipient, text))
        return next(self._numbers)

    def _bearer(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {KEY}"

    async def whatsapp(self, request: Request) -> Response:
        body = await request.json()
        if not self._bearer(request):
            return self._refuse(401, "no token")
        if body.get("messaging_product") != "whatsapp" or body.get("type") != "text":
            return self._refuse(400, "messaging_product and type are required")
        if not 0 < len(body["text"]["body"]) <= 4096:
            return self._refuse(400, "text is 1 to 4096 characters")
        number = self._took("whatsapp", body["to"], body["text"]["body"])
        return JSONResponse({"messaging_product": "whatsapp",
                             "messages": [{"id": f"wamid.{number}"}]})  # fmt: skip

    async def messages_of_a_page(self, request: Request) -> Response:
        body = await request.json()
        if not self._bearer(request) or body.get("messaging_type") != "RESPONSE":
            return self._refuse(400, "token and messaging_type are required")
        text = body["message"]["text"]
        if len(text) > 2000:
            return self._refuse(400, "text is 2000 characters at most")
        number = self._took("page", body["recipient"]["id"], text)
        return JSONResponse({"recipient_id": "8001", "message_id": f"m_{number}"})

    async def comment(self, request: Request) -> Response:
        text = (await request.json())["message"]
        number = self._took("comment", request.path_params["comment"], text)
        return JSONResponse({"id": f"c_{number}"})

    async def telegram(self, request: Request) -> Response:
        body = await request.json()
        if request.path_params["token"] != KEY:
            return JSONResponse(
                {"ok": False, "error_code": 401, "description": "Unauthorized"}, 401
            )
        if len(body["text"].encode("utf-16-le")) // 2 > 4096:
            return JSONResponse(
                {"ok": False, "error_code": 400, "description": "message is too long"}, 400
            )
        number = self._took("telegram", body["chat_id"], body["text"])
        result = {"message_id": number, "chat": {"id": int(body["chat_id"])}}
        return JSONResponse({"ok": True, "result": result})

    async def line(self, request: Request) -> Response:
        body = await request.json()
        if not self._bearer(request) or not 1 <= len(body["messages"]) <= 5:
            return self._refuse(400, "a token and 1 to 5 messages are required")
        key = str(UUID(request.headers["x-line-retry-key"]))
        if key in self._keys:
            accepted = {"x-line-accepted-request-id": self._keys[key]}
            sent = {"message": "accepted already", "sentMessages": [{"id": self._keys[key]}]}
            return JSONResponse(sent, 409, accepted)
        [message] = body["messages"]
        if message["type"] != "text" or len(message["text"].encode("utf-16-le")) // 2 > 5000:
            return self._refuse(400, "text is 5000 characters at most")
        self._keys[key] = str(self._took("line", body["to"], message["text"]))
        return JSONResponse({"sentMessages": [{"id": self._keys[key], "quoteToken": "q"}]})

    async def x_post(self, request: Request) -> Response:
        body = await request.json()
        if not self._bearer(request) or len(body["text"]) > 280:
            return self._refuse(400, "a token and at most 280 characters are required")
        number = self._took("x-post", body["reply"]["in_reply_to_tweet_id"], body["text"])
        return JSONResponse({"data": {"id": str(number), "text": body["text"]}}, 201)

    async def x_message(self, request: Request) -> Response:
        text = (await request.json())["text"]
        number = self._took("x", request.path_params["user"], text)
        return JSONResponse(
            {"data": {"dm_event_id": str(number), "dm_conversation_id": "1-2"}}, 201
        )

    async def twilio(self, request: Request) -> Response:
        form = {name: value[0] for name, value in parse_qs((await request.body()).decode()).items()}
        right = base64.b64encode(f"AC00000001:{KEY}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {right}":
            return JSONResponse({"code": 20003, "message": "Authenticate"}, 401)
        if len(form["Body"]) > 1600 or "From" not in form:
            return JSONResponse({"code": 21617, "message": "too long"}, 400)
        number = self._took(f"twilio {form['From']}", form["To"], form["Body"])
        return JSONResponse({"sid": f"SM{number}", "status": "queued"}, 201)

    async def generic(self, request: Request) -> Response:
        raw = await request.body()
        id, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = f"{id}.{stamp}.".encode() + raw
        digest = hmac.new(base64.b64decode(STANDARD_KEY), signed, hashlib.sha256).digest()
        if request.headers["webhook-signature"] != f"v1,{base64.b64encode(digest).decode()}":
            return self._refuse(401, "wrong signature")
        body = json.loads(raw)
        if id not in self._keys:
            self._keys[id] = str(self._took("webhook", body["to"], body["text"]))
        return JSONResponse({"id": f"g{self._keys[id]}"})

    async def telegram_file(self, request: Request) -> Response:
        path = f"photos/{request.query_params['file_id']}"
        return JSONResponse({"ok": True, "result": {"file_path": path}})

    async def whatsapp_file(self, request: Request) -> Response:
        if not self._bearer(request):
            return Response(status_code=401)
        name = request.path_params["name"]
        return JSONResponse({"url": f"{self.url}/files/{name}", "mime_type": "image/png"})

    async def moved(self, request: Request) -> Response:
        to = f"/files/{request.path_params['name']}"
        return Response(status_code=307, headers={"location": to})

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"].rpartition("/")[2]
        data = self.files.get(name)
        if data is None:
            return Response(status_code=404)
        return Response(data, media_type="image/png")


@asynccontextmanager
async def at_work() -> AsyncIterator[Providers]:
    """The server on a free port of this machine."""
    providers = Providers()
    async with serving(providers.app()) as providers.url:
        yield providers


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The app on a free port of this machine; gives its address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="critical", lifespan="off",
        timeout_graceful_shutdown=0,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await serving


def _no_signals() -> AbstractContextManager[None]:
    return nullcontext()
