"""The stream of changing figures: server-sent events, resumed by Last-Event-ID."""

import time
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from services.metrics.api.feed import Feed
from services.metrics.domain.counting import Metric
from services.metrics.repository.kpis import Announced
from services.metrics.usecases.announcing import as_event
from shared.service import Caller, Problem, require

_RETRY_MS: Final = 1000
_HEARTBEAT_SECONDS: Final = 15
_EXAMPLE: Final = """event: metric.updated
data: {"tenant":"demo","metric":"backlog","unit":"tickets","direction":"lower-is-better",\
"dimensions":{"team":"billing"},"window":"hour","window_start":"2026-11-02T08:00:00Z","count":7,\
"sum":0.0,"mean":null,"p50":null,"p90":null,"p99":null,"updated_at":"2026-11-02T08:29:00.4Z"}
id: 1042

""".replace("\\\n", "")
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events, as long as the client listens",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}


def routes(feed: Feed) -> APIRouter:
    """`GET /v1/kpis/stream`."""
    router = APIRouter(prefix="/v1", tags=["kpis"])

    @router.get("/kpis/stream", response_class=StreamingResponse, responses=_RESPONSES)
    async def stream_kpis(
        request: Request,
        caller: Annotated[Caller, Depends(require("kpis:read"))],
        last_event_id: Annotated[
            int | None,
            Header(ge=0, lt=2**63, description="Id of the last event received: go on after it"),
        ] = None,
        metric: Annotated[Metric | None, Query(description="Only this metric")] = None,
    ) -> StreamingResponse:
        """Every figure of the tenant that changes from now on, as server-sent events.

        Each event is named `metric.updated`, and its data is the data of a
        `support.metric.updated.v1`: the full value of one figure, replacing all earlier ones. A
        figure that changes many times in a second comes once. Send the `id` of the last event as
        `Last-Event-ID` to go on after it: what has changed since then follows, at least with its
        latest value. A comment comes at least every 15 seconds; the stream ends with the token.
        """
        position = last_event_id if last_event_id is not None else await feed.position()
        events = _events(feed, request, caller.tenant, position, metric)
        return StreamingResponse(
            events, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    return router


async def _events(
    feed: Feed, request: Request, tenant: str, position: int, metric: Metric | None
) -> AsyncIterator[bytes]:
    yield format_sse_event(comment="figures follow", retry=_RETRY_MS)
    spoken = time.monotonic()
    while not feed.ended and await _may_go_on(request):
        position, news = await feed.after(position, tenant)
        wanted = [one for one in news if metric is None or one.key.window.metric == metric]
        if wanted:
            yield b"".join(_sent(one) for one in wanted)
        elif time.monotonic() - spoken > _HEARTBEAT_SECONDS:
            yield KEEPALIVE_COMMENT
        else:
            continue
        spoken = time.monotonic()


@lru_cache(maxsize=4096)  # the same bytes go to every client
def _sent(one: Announced) -> bytes:
    updated = as_event(one.key, one.figure, one.updated_at)
    return format_sse_event(
        data_str=updated.model_dump_json(), event="metric.updated", id=str(one.position)
    )


async def _may_go_on(request: Request) -> bool:
    """Whether the caller is still let in: a token can expire, and an agent leave, meanwhile."""
    token = request.headers["authorization"].partition(" ")[2].strip()
    try:
        await request.app.state.authenticator.caller(token, frozenset({"kpis:read"}))
    except Problem as problem:
        return problem.status_code >= 500
    return True
