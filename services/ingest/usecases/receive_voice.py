"""Announced steps of telephone calls become what is known of the calls."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from services.ingest.domain.accounts import account_of
from services.ingest.domain.messages import Blob
from services.ingest.domain.texts import clean, one_line
from services.ingest.domain.voice import Fact, Facts, fold, is_over, late_facts, moment
from services.ingest.repository.calls import StoredCall, lock_calls, save_calls
from services.ingest.usecases.claim_blobs import Unclaimable, claim
from services.ingest.usecases.receive_mail import known_senders
from shared.contracts.inbound_voice import (
    InboundVoiceAnswered,
    InboundVoiceCallbackRequested,
    InboundVoiceCallStarted,
    InboundVoiceEnded,
    InboundVoiceMissed,
    Recording,
    VoiceEvent,
)
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage import BlobStore, Session

STEPS: Final = (
    InboundVoiceCallStarted,
    InboundVoiceAnswered,
    InboundVoiceMissed,
    InboundVoiceEnded,
    InboundVoiceCallbackRequested,
)
_WHO: Final = ("caller", "caller_name", "called", "language")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. grace: for late steps of a call that has ended; longest: for a call's end."""

    grace: float = 5.0
    longest: float = 6 * 3600.0


PATIENCE: Final = Patience()


@dataclass(frozen=True, slots=True)
class ReadStep:
    """A step with its sound in our blob store; fault: why that cannot be had."""

    step: VoiceEvent
    blob: Blob | None = None
    fault: str | None = None


class StepReader:
    """Makes steps ready to be stored, outside of transactions."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    async def read(self, received: Sequence[Received[Any]]) -> list[Received[Any]]:
        """The same events with ReadStep as their data."""
        return [
            Received(one.uid, one.event, await self._one(one.tenant, one.data), one.at)
            for one in received
        ]

    async def _one(self, tenant: str, step: VoiceEvent) -> ReadStep:
        sound = _sound(step)
        if sound is None or sound.blob is None:
            return ReadStep(step)
        try:
            return ReadStep(step, await claim(self._blobs, tenant, sound.blob))
        except Unclaimable as error:
            return ReadStep(step, fault=str(error))


async def receive_calls(
    session: Session,
    outbox: Outbox,
    received: Sequence[Received[ReadStep]],
    now: datetime,
    *,
    patience: Patience,
) -> None:
    """Adds steps to their calls, and plans when each call is told; see `tell_calls`.

    Steps may come in any order and more than once.
    """
    known = await known_senders(session, outbox, received, "voice")
    usable = [one for one in known if _is_usable(outbox, one)]
    stored = await lock_calls(session, {_key(one) for one in usable}, now)
    for one in usable:
        stored[_key(one)] = _after(stored[_key(one)], one, now, patience)
    await save_calls(session, list(stored.values()), now)


def _is_usable(outbox: Outbox, received: Received[Any]) -> bool:
    fault = received.data.fault
    if fault is not None:
        outbox.refuse(received, "missing-blob", fault)
    return fault is None


def _key(received: Received[ReadStep]) -> tuple[str, str, str]:
    call_id = clean(received.data.step.call_id)
    return received.tenant, account_of(received.event.source) or "", call_id


def _after(
    call: StoredCall, received: Received[ReadStep], now: datetime, patience: Patience
) -> StoredCall:
    facts = fold(call.facts, _facts(received.data))
    over_at = call.over_at
    if over_at is None and is_over(facts):
        # Nobody ends a call that Kafka has not heard of: a fast clock does no harm.
        over_at = min(received.time, received.at)
    trace = call.traceparent or received.event.traceparent
    after = replace(call, facts=facts, over_at=over_at, traceparent=trace)
    return replace(after, due_at=_due(call, after, now, patience))


def _due(
    before: StoredCall, after: StoredCall, now: datetime, patience: Patience
) -> datetime | None:
    if after.messages:
        late = late_facts(after.facts, after.told)
        return now + timedelta(seconds=patience.grace) if late else before.due_at
    if after.over_at is None:
        return before.due_at or now + timedelta(seconds=patience.longest)
    if before.due_at is not None and before.over_at is not None:
        return before.due_at
    return now + timedelta(seconds=patience.grace)


def _facts(read: ReadStep) -> Facts:
    step, at = read.step, moment(read.step.at)
    facts: Facts = {
        name: {"at": at, "value": one_line(value, 320)}
        for name in _WHO
        if (value := getattr(step, name))
    }
    match step:
        case InboundVoiceCallStarted():
            facts["started"] = {"at": at}
        case InboundVoiceAnswered():
            taken = {"at": at, "by": one_line(step.by, 200) if step.by else None}
            # Of the first, the earliest counts: who takes a call over, does so after the first.
            facts |= {"answered": taken, "taken": taken}
        case InboundVoiceMissed():
            facts["missed"] = {"at": at, "wished_at": _wish(step.wished_at)}
        case InboundVoiceEnded():
            lengths = {"waiting_seconds": step.waiting_seconds}
            facts["ended"] = {"at": at, "talking_seconds": step.talking_seconds} | lengths
        case InboundVoiceCallbackRequested():
            facts["callback"] = {
                "at": at, "number": step.number, "wished_at": _wish(step.wished_at),
                "text": one_line(step.text or "", 998),
            }  # fmt: skip
    sound = _sound(step)
    if sound is not None:
        name = "voicemail" if isinstance(step, InboundVoiceMissed) else "recording"
        facts[name] = _sound_fact(at, sound, read.blob)
    return facts


def _sound(step: VoiceEvent) -> Recording | None:
    if isinstance(step, InboundVoiceMissed):
        return step.voicemail
    return step.recording if isinstance(step, InboundVoiceEnded) else None


def _sound_fact(at: str, sound: Recording, blob: Blob | None) -> Fact:
    kept: Mapping[str, Any] | None = asdict(blob) if blob else None
    return {"at": at, "url": sound.url, "seconds": sound.seconds, "blob": kept}


def _wish(at: datetime | None) -> str | None:
    return moment(at) if at else None
