"""Events of a telephone system are announced as any adapter would."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.ingest.domain.accounts import source_of
from shared.contracts.inbound_voice import VoiceEvent
from shared.messaging.events import Cause
from shared.messaging.ids import timer_id
from shared.messaging.outbox import Outbox
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class TakenCalls:
    """Steps of calls that came to an account that exists, signed as they should be."""

    tenant: str
    account: str
    steps: tuple[VoiceEvent, ...]
    traceparent: str | None


async def accept_calls(
    session: Session, outbox: Outbox, taken: Sequence[TakenCalls], now: datetime
) -> list[None]:
    """Announces steps on support.inbound.voice.v1; a retry announces the same ids again."""
    for calls in taken:
        for step in calls.steps:
            said = (calls.tenant, calls.account, step.TYPE, step.model_dump_json())
            cause = Cause(timer_id(step.at, "call-step", *said), 0, calls.traceparent)
            outbox.add(
                step, tenant=calls.tenant, key=step.call_id, source=source_of(calls.account),
                cause=cause,
            )  # fmt: skip
    return [None] * len(taken)
