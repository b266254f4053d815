"""Traces through the engine: one span a batch, linked to every trace whose event it holds."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, TraceFlags

from shared.messaging.decode import Decoded

_tracer = trace.get_tracer("deskstream.messaging")
_MOST_LINKS = 128


class BatchSpan:
    """The span of one batch; links are only made when somebody records it."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def link(self, batch: Iterable[Decoded]) -> None:
        """Links the span to the traces of the batch's events, at most 128 of them."""
        if not self._span.is_recording():
            return
        seen: set[str] = set()
        for item in batch:
            traceparent = item.received.event.traceparent if item.received else None
            if traceparent and traceparent not in seen and len(seen) < _MOST_LINKS:
                seen.add(traceparent)
                link = link_to(traceparent)
                self._span.add_link(link.context, link.attributes)


@contextmanager
def batch_span(consumer: str, records: int) -> Iterator[BatchSpan]:
    """A span over the applying of one batch."""
    attributes: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.consumer.group.name": consumer,
        "messaging.batch.message_count": records,
    }
    with _tracer.start_as_current_span(
        f"process {consumer}", kind=SpanKind.CONSUMER, attributes=attributes
    ) as span:
        yield BatchSpan(span)


def link_to(traceparent: str) -> Link:
    """A link to the span that a W3C traceparent names."""
    _, trace_id, span_id, flags = traceparent.split("-")[:4]
    context = SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )
    return Link(context)
