"""What passes through the engine: a received event, and the cause that it leaves behind."""

from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from opentelemetry import trace

from shared.contracts.envelope import Event, Payload
from shared.messaging.ids import new_id, timer_id

T = TypeVar("T")


class Cause(NamedTuple):
    """What made something happen: its id, how many loops lie behind it, and its trace."""

    id: UUID
    hops: int = 0
    traceparent: str | None = None


class Received(NamedTuple, Generic[T]):
    """One event as a use case gets it.

    `uid` names it inside the suite: the event's own id, or for support.inbound.* a UUIDv8 of
    Kafka's timestamp and (tenant, source, id). `data` is the typed payload, or what the consumer's
    `prepare` made of it; `at` is Kafka's timestamp (UTC).
    """

    uid: UUID
    event: Event[Payload]
    data: T
    at: datetime

    @property
    def tenant(self) -> str:
        """The company whose event this is."""
        return self.event.tenant

    @property
    def time(self) -> datetime:
        """When it happened, by the clock of whoever announced it (UTC)."""
        return self.event.time

    @property
    def sequence(self) -> int:
        """The entity's version after the event (see ids.sequence), 0 where it has none."""
        return self.event.sequence or 0

    @property
    def cause(self) -> Cause:
        """What events derived from this one carry on."""
        return Cause(self.uid, self.event.hops + 1, self.event.traceparent)


def command_cause() -> Cause:
    """The cause of what an HTTP command does: a new id, and the trace of the request."""
    return Cause(new_id(), 0, current_traceparent())


def timer_cause(due_at: datetime, *parts: str | int) -> Cause:
    """The cause of what a timer does: the same id however often and by whomever it is fired."""
    return Cause(timer_id(due_at, *parts))


def current_traceparent() -> str | None:
    """The W3C traceparent of the running span, None outside a trace."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
