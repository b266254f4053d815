"""One trace from the customer's mail to the figure on a dashboard."""

import asyncio
import importlib
import os
from collections.abc import AsyncIterator, Sequence
from functools import partial

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from deploy.local.suite import Suite
from shared.service import telemetry
from shared.service.parts import ROLES
from shared.service.process import Process
from tests.journeys.desk import Desk, eventually, mail
from tests.journeys.topics import Seen

pytestmark = pytest.mark.journey
PATH = {
    "support.messages.v1": "support.message.received.v1",
    "support.tickets.v1": "support.ticket.opened.v1",
    "support.sla.v1": "support.clock.started.v1",
    "support.suggestions.v1": "support.articles.suggested.v1",
    "support.metrics.v1": "support.metric.updated.v1",
}
HERE = ("ingest", "router", "metrics")


def _trace() -> str:
    return os.urandom(16).hex()


async def _carried(desk: Desk, topic: str, type_name: str, trace: str) -> Sequence[Seen]:
    """The events of one type whose traceparent carries the trace, once there are some."""

    async def ask() -> Sequence[Seen]:
        seen = await desk.topics.read(topic, desk.tenant)
        return [one for one in seen if one.type == type_name and trace in (one.traceparent or "")]

    return await eventually(ask, bool)


async def test_the_callers_trace_is_found_on_every_event_up_to_the_kpi(desk: Desk) -> None:
    trace = _trace()
    question = mail(desk.tenant, "ada@customer.example", "How do I reset my password?")
    await desk.send(question, traceparent=f"00-{trace}-{os.urandom(8).hex()}-01")
    for topic, type_name in PATH.items():
        assert await _carried(desk, topic, type_name, trace)


@pytest.fixture
async def recorded(suite: Suite) -> AsyncIterator[InMemorySpanExporter]:
    """Three of the five services move into this process, where their spans can be looked at."""
    exporter = InMemorySpanExporter()
    provider = telemetry.record(SimpleSpanProcessor(exporter), "journey")
    own = [suite.services[name] for name in HERE]
    await asyncio.gather(*(asyncio.to_thread(process.stop) for process in own))
    here = [_in_this_process(suite, name) for name in HERE]
    running = [asyncio.create_task(process.run()) for process in here]
    for name in HERE:
        await eventually(partial(_is_ready, suite, name), bool)
    yield exporter
    for process in here:
        process.stopping.set()
    assert all(await asyncio.gather(*running))
    provider.shutdown()
    for service in own:
        service.start()
    await asyncio.to_thread(suite.wait_ready)


def _in_this_process(suite: Suite, name: str) -> Process:
    with pytest.MonkeyPatch.context() as environment:
        for variable, value in suite.environment(name).items():
            environment.setenv(variable, value)
        return Process(importlib.import_module(f"services.{name}.app").build(), ROLES)


async def _is_ready(suite: Suite, name: str) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"{suite.addresses[name]}/ready")).is_success
        except httpx.TransportError:
            return False


async def test_the_spans_of_the_services_lead_from_the_request_to_the_kpi(
    recorded: InMemorySpanExporter, desk: Desk
) -> None:
    trace = _trace()
    question = mail(desk.tenant, "ada@customer.example", "How do I reset my password?")
    await desk.send(question, traceparent=f"00-{trace}-{os.urandom(8).hex()}-01")
    await _carried(desk, "support.metrics.v1", "support.metric.updated.v1", trace)
    spans = recorded.get_finished_spans()

    [request] = [one for one in spans if _trace_of(one) == trace and one.kind is SpanKind.SERVER]
    assert "/v1/email/messages" in request.name
    batches = {one.name for one in spans if trace in _linked(one)}
    assert batches >= {
        "process support.ingest.inbound-email",
        "process support.router.messages",
        "process support.metrics.tickets",
    }


def _trace_of(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}" if span.context else ""


def _linked(span: ReadableSpan) -> set[str]:
    return {f"{link.context.trace_id:032x}" for link in span.links}
