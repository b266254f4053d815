"""The stream of changing figures: server-sent events, resumed by Last-Event-ID."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.metrics.api.feed import Feed
from services.metrics.domain.counting import Metric
from services.metrics.repository.kpis import Announced
from services.metrics.usecases.announcing import as_event
from shared.contracts.metrics import MetricUpdated
from shared.service import Caller, Problem, require

_RETRY_MS = 1000


def routes(feed: Feed) -> APIRouter:
    """`GET /v1/kpis/stream`."""
    router = APIRouter(prefix="/v1", tags=["kpis"])

    @router.get("/kpis/stream", response_class=EventSourceResponse)
    async def stream_kpis(
        request: Request,
        caller: Annotated[Caller, Depends(require("kpis:read"))],
        last_event_id: Annotated[
            int | None,
            Header(ge=0, lt=2**63, description="Id of the last event received: go on after it"),
        ] = None,
        metric: Annotated[Metric | None, Query(description="Only this metric")] = None,
    ) -> AsyncIterator[ServerSentEvent]:
        """Every figure of the tenant that changes from now on, as server-sent events.

        Each event is named `metric.updated`, and its data is the data of a
        `support.metric.updated.v1`: the full value of one figure, replacing all earlier ones. A
        figure that changes many times in a second comes once. Send the `id` of the last event as
        `Last-Event-ID` to go on after it: the latest value of every figure that has changed since
        then follows. A comment comes at least every 15 seconds; the stream ends with the token.
        """
        position = last_event_id if last_event_id is not None else await feed.position()
        yield ServerSentEvent(comment="figures follow", retry=_RETRY_MS)
        while not feed.ended and await _may_go_on(request):
            position, news = await feed.after(position, caller.tenant)
            for one in news:
                if metric is None or one.key.window.metric == metric:
                    yield _sent(one)

    return router


def _sent(one: Announced) -> ServerSentEvent:
    updated: MetricUpdated = as_event(one.key, one.figure, one.updated_at)
    return ServerSentEvent(
        raw_data=updated.model_dump_json(), event="metric.updated", id=str(one.position)
    )


async def _may_go_on(request: Request) -> bool:
    """Whether the caller is still let in: a token can expire, and an agent leave, meanwhile."""
    token = request.headers["authorization"].partition(" ")[2].strip()
    try:
        await request.app.state.authenticator.caller(token, frozenset({"kpis:read"}))
    except Problem as problem:
        return problem.status_code >= 500
    return True
