"""Traces by OpenTelemetry: where this process's spans go.

FastAPI makes one span per request, the delivery engine one per batch; both stay silent until a
provider is set here.
"""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from shared.service.settings import TelemetrySettings


def configure(settings: TelemetrySettings, service: str) -> TracerProvider | None:
    """Send this process's spans to the collector that the settings name; None without one.

    Shut the provider down at the end of the process: that sends what is still waiting.
    """
    if settings.exporter_otlp_endpoint is None:
        return None
    base = str(settings.exporter_otlp_endpoint).rstrip("/")
    exporter = OTLPSpanExporter(f"{base}/v1/traces", headers=_headers(settings))
    return record(BatchSpanProcessor(exporter), service, settings.traces_sampler_arg)


def record(processor: SpanProcessor, service: str, share: float = 1.0) -> TracerProvider:
    """Record spans through the processor; the first call of a process wins, as OTel has it."""
    resource = Resource.create({"service.name": service, "service.namespace": "deskstream"})
    provider = TracerProvider(resource=resource, sampler=ParentBasedTraceIdRatio(share))
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    return provider


def _headers(settings: TelemetrySettings) -> dict[str, str]:
    if settings.exporter_otlp_headers is None:
        return {}
    pairs = settings.exporter_otlp_headers.get_secret_value().split(",")
    return {name.strip(): value.strip() for name, _, value in (p.partition("=") for p in pairs)}
