"""One visitor's WebSocket, from hello to its end."""

import asyncio
import logging
from contextlib import suppress

from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from services.ingest.chat import frames
from services.ingest.chat.desk import ChatDesk, Open
from services.ingest.chat.frames import encode, error
from services.ingest.chat.line import Line
from services.ingest.chat.quota import Quota
from services.ingest.chat.visitor import Visitor
from services.ingest.metric_names import CHAT_REFUSED
from shared.messaging.errors import describe, is_transient

log = logging.getLogger(__name__)

_MOST_BAD_FRAMES = 10
POLICY, TOO_BIG, BROKEN, AGAIN = 1008, 1009, 1011, 1013
"""Close codes of RFC 6455 §7.4.1; after AGAIN and BROKEN the page comes back with its token."""
BAD_TOKEN = 4401


class Closed(Exception):
    """The socket is to be closed with this code, or is closed already."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


async def serve(socket: WebSocket, desk: ChatDesk, tenant: str, opened: Open, quota: Quota) -> None:
    """Serves an admitted socket until it ends. Raises nothing."""
    await socket.accept()
    try:
        visitor = await _greet(socket, desk, tenant, opened, quota)
        try:
            await _talk(socket, visitor)
        finally:
            desk.hub.leave(visitor.line)
    except Closed as closed:
        CHAT_REFUSED.labels(closed.reason).inc()
        await _close(socket, closed)
    except (WebSocketDisconnect, OSError):
        pass
    except Exception as failure:
        level = logging.WARNING if is_transient(failure) else logging.ERROR
        log.log(
            level,
            "chat socket failed",
            extra={"error": describe(failure)},
            exc_info=None if level == logging.WARNING else failure,
        )
        await _close(socket, Closed(AGAIN, "try-again"))


async def _greet(
    socket: WebSocket, desk: ChatDesk, tenant: str, opened: Open, quota: Quota
) -> Visitor:
    """Waits for hello, and answers it. Raises Closed."""
    try:
        async with asyncio.timeout(desk.settings.patience):
            text = await _receive(socket)
    except TimeoutError:
        raise Closed(POLICY, "no-hello") from None
    try:
        hello = frames.read_frame(text)
    except ValueError:
        raise Closed(POLICY, "bad-hello") from None
    if not isinstance(hello, frames.Hello):
        raise Closed(POLICY, "no-hello")
    admitted = desk.admit(tenant, opened.account.id, hello.token)
    if admitted is None:
        raise Closed(BAD_TOKEN, "bad-token")
    session, token = admitted
    key = tenant, session
    chat = await desk.chat(key) if hello.token else None
    cursor = min(hello.cursor, chat.seq) if chat else 0
    line = Line(key, opened.account.id, cursor, desk.settings.backlog)
    visitor = Visitor(desk, line, opened, hello, chat=chat, quota=quota)
    await visitor.welcome(token)
    desk.hub.join(line)
    return visitor


async def _talk(socket: WebSocket, visitor: Visitor) -> None:
    """Reads and writes side by side; the first that ends ends both."""
    works = [
        asyncio.create_task(_read(socket, visitor)),
        asyncio.create_task(_write(socket, visitor)),
    ]
    try:
        done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in works:
            task.cancel()
        await asyncio.gather(*works, return_exceptions=True)


async def _read(socket: WebSocket, visitor: Visitor) -> None:
    bad = 0
    while True:
        text = await _receive(socket)
        try:
            frame = frames.read_frame(text)
        except ValueError as fault:
            bad += 1
            if bad >= _MOST_BAD_FRAMES:
                raise Closed(POLICY, "bad-frames") from None
            await visitor.answer(error("bad-frame", _words(fault), frames.id_of(text)))
        else:
            await visitor.take(frame)


async def _write(socket: WebSocket, visitor: Visitor) -> None:
    """A reader that takes nothing for a while is let go, and resumes from its cursor."""
    queue = visitor.line.queue
    while True:
        frame = await queue.get()
        try:
            async with asyncio.timeout(visitor.patience):
                await socket.send_text(frame)
        except TimeoutError:
            raise Closed(AGAIN, "slow-reader") from None
        if visitor.line.behind and queue.qsize() * 2 < queue.maxsize:
            visitor.go_on()


async def _receive(socket: WebSocket) -> str:
    message = await socket.receive()
    if message["type"] != "websocket.receive":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if not isinstance(text, str):
        raise Closed(1003, "binary")
    return text


async def _close(socket: WebSocket, closed: Closed) -> None:
    if socket.client_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, OSError, WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(1):
                if closed.code == BAD_TOKEN:
                    await socket.send_text(encode(error(closed.reason, "Say hello without it.")))
                await socket.close(closed.code, closed.reason)


def _words(fault: ValueError) -> str:
    """What is wrong, without what was sent."""
    if not isinstance(fault, ValidationError):
        return "no JSON object"
    first = fault.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:300].lstrip(": ")
