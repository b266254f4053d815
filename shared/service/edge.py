"""The outermost ring of the HTTP API: request ids, traces, figures, and bodies that we refuse."""

from __future__ import annotations

import logging
import time
from contextvars import Token
from typing import Final

from opentelemetry import context, propagate
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.service import request_ids
from shared.service.body_pace import PacedBody
from shared.service.metric_names import REQUEST_SECONDS, REQUESTS
from shared.service.problems import Encoded, TooLarge, TooSlow

log = logging.getLogger(__name__)
_SLOW: Final = 5.0
# How much of a refused body is still read, so that its sender gets to see the refusal: a connection
# closed upon unread bytes is reset, and the answer is lost with it.
_DRAINED: Final = 64 * 1024 * 1024
_DRAIN_SECONDS: Final = 10.0
_HEALTH: Final = frozenset({"/live", "/ready", "/metrics"})


async def serve(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one HTTP request by the app inside."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    exchange = Exchange(scope, headers, receive, send)
    token = _join_trace(headers.get(b"traceparent"), headers.get(b"tracestate"))
    try:
        if b"content-encoding" in headers and _is_encoded(scope):
            # Nothing behind this takes compressed bytes for what they are: some would be stored.
            app = Encoded().response()
        await app(scope, exchange.receive, exchange.send)
    except Exception:
        # The app raises again what it has answered with a 500 and logged.
        if not exchange.answered:
            raise
    finally:
        if token is not None:
            context.detach(token)
        exchange.count()


class Exchange:
    """One request and the answer on its way out."""

    def __init__(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        self._scope = scope
        self._headers = headers
        self.receive = PacedBody(receive).receive
        self._send = send
        self._id = request_ids.begin(headers.get(b"x-request-id")).encode()
        self._began = time.perf_counter()
        self._status = 0
        self._refused = False

    async def send(self, message: Message) -> None:
        """Pass the answer on, with the request's id; a refused body is answered as a problem."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._id)]
            if self._status == 413 and not _is_problem(message):
                self._refused = True
                await self._refuse()
        if not self._refused:
            await self._send(message)

    @property
    def answered(self) -> bool:
        """Whether an answer has begun."""
        return self._status != 0

    def count(self) -> None:
        """Note how it went; health probes are not counted, they would drown the rest."""
        if self._scope["path"] in _HEALTH:
            return
        seconds = time.perf_counter() - self._began
        route = _template(self._scope)
        REQUESTS.labels(self._scope["method"], route, self._status or 500).inc()
        REQUEST_SECONDS.labels(route).observe(seconds)
        if seconds > _SLOW:
            log.warning("slow request", extra={"route": route, "seconds": round(seconds, 3)})

    async def _refuse(self) -> None:
        # A sender that waits for "100 Continue" has sent nothing yet, and need not.
        if b"expect" not in self._headers:
            await self._drain()
        response = TooLarge(int(self._scope.get(MAX_BODY_SIZE_SCOPE_KEY, 0))).response()
        response.headers["x-request-id"] = self._id.decode()
        response.headers["connection"] = "close"
        await response(self._scope, self.receive, self._send)

    async def _drain(self) -> None:
        left = _DRAINED
        until = time.monotonic() + _DRAIN_SECONDS
        while left > 0 and time.monotonic() < until:
            try:
                message = await self.receive()
            except TooSlow:
                return
            left -= len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body"):
                return


def _join_trace(
    traceparent: bytes | None, tracestate: bytes | None
) -> Token[context.Context] | None:
    """Go on with the caller's trace, also where this process records no spans of its own."""
    if traceparent is None:
        return None
    carried = {"traceparent": traceparent.decode("latin-1")}
    if tracestate is not None:
        carried["tracestate"] = tracestate.decode("latin-1")
    return context.attach(propagate.extract(carried))


def _template(scope: Scope) -> str:
    """The route as it was declared: paths with ids in them would make a series each."""
    template = getattr(scope.get("route"), "path_format", None)
    return template if isinstance(template, str) else "none"


def _is_encoded(scope: Scope) -> bool:
    """Whether any coding is named but `identity`, which is none (RFC 9110 §8.4)."""
    values = (value for name, value in scope["headers"] if name == b"content-encoding")
    codings = {one.strip().lower() for value in values for one in value.split(b",")}
    return not codings <= {b"identity", b""}


def _is_problem(message: Message) -> bool:
    headers: dict[bytes, bytes] = dict(message["headers"])
    return headers.get(b"content-type", b"").startswith(b"application/problem+json")
