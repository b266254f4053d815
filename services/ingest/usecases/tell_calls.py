"""Calls that are over become messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.ingest.domain import voice
from services.ingest.domain.accounts import Account
from services.ingest.domain.call_words import late_text, text_of
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Attachment, Blob, Message
from services.ingest.domain.texts import clean
from services.ingest.domain.threads import identity
from services.ingest.domain.voice import Facts, Told, call_names, caller_of, day_of, late_facts
from services.ingest.repository import Accounts
from services.ingest.repository.calls import StoredCall, delete_calls, due_calls, save_calls
from services.ingest.usecases.announce import announce_received
from services.ingest.usecases.keep_messages import Draft, keep
from shared.messaging.events import Cause
from shared.messaging.ids import timer_id
from shared.messaging.outbox import Outbox
from shared.storage import Session

_SOUNDS: Final = ("voicemail", "recording")
# Recordings tend to come within minutes. Who called is in the message by then, and is erased there.
_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Line:
    """How an account's calls are told: language, zone, and the country of its numbers."""

    language: str
    zone: str
    region: str | None


async def tell_calls(session: Session, outbox: Outbox, now: datetime, limit: int) -> int:
    """Stores and announces the messages of due calls; returns how many calls there were.

    One message for each call; a recording, a message left or a wish that comes after it gets
    another one. A day after it was told, what is known of a call is forgotten.
    """
    due = await due_calls(session, now, limit)
    news = [one for one in due if not one.messages or late_facts(one.facts, one.told)]
    await _tell(session, outbox, news, now)
    told = [
        replace(one, told=one.facts, messages=one.messages + 1, due_at=now + _KEPT) for one in news
    ]
    await save_calls(session, told, now)
    await delete_calls(session, [one.key for one in due if one not in news])
    return len(due)


async def _tell(
    session: Session, outbox: Outbox, news: Sequence[StoredCall], now: datetime
) -> None:
    accounts = await Accounts(session).of_tenants({one.tenant for one in news})
    drafts = [
        (one, _draft(one, account, now))
        for one in news
        if (account := accounts.get((one.tenant, one.account))) is not None
    ]
    kept = await keep(session, outbox, [draft for _, draft in drafts])
    causes = {
        draft.message.id: Cause(draft.message.id, 1, one.traceparent) for one, draft in drafts
    }
    for message, version in kept.new:
        announce_received(outbox, message, version, causes[message.id])


def _draft(call: StoredCall, account: Account, now: datetime) -> Draft:
    line = _line(account)
    told = voice.told(call.call_id, call.facts)
    late = late_facts(call.facts, call.told) if call.messages else None
    received_at = min(call.over_at or now, now) if late is None else now
    sender = Person(*caller_of(call.facts, line.region))
    day = day_of(call.over_at or now, line.zone)
    names = call_names(*call.key, outcome=told.call.outcome, number=sender.address, day=day)
    id = _id(call)
    message = Message(
        tenant=call.tenant, id=id, conversation_id=id,
        identity=identity("call", call.account, call.call_id, str(call.messages)),
        direction="inbound", channel=account.channel, account=account.id, sender=sender,
        received_at=received_at, text=_text(told, late, call.facts, line),
        attachments=_sounds(call.facts, _SOUNDS if late is None else late),
        sent_at=_at(call.facts), language=told.language, thread_id=call.call_id, call=told.call,
        wished_at=told.wished_at,
    )  # fmt: skip
    return Draft(message, names, sender)


def _id(call: StoredCall) -> UUID:
    at = call.over_at or call.due_at
    assert at is not None
    return timer_id(at, "call", call.tenant, call.account, call.call_id, call.messages)


def _text(told: Told, late: Sequence[str] | None, facts: Facts, line: _Line) -> str:
    if late is None:
        return clean(text_of(told, facts, line.language, line.zone))
    return clean(late_text(told, late, facts, line.language))


def _sounds(facts: Facts, names: Sequence[str]) -> tuple[Attachment, ...]:
    found = []
    for name in names:
        kept: Mapping[str, str] | None = facts.get(name, {}).get("blob")
        if kept:
            blob = Blob(**kept)  # type: ignore[arg-type]  # as `receive_calls` has packed it
            file = f"{name}.{blob.media_type.rpartition('/')[2]}"[:100]
            found.append(Attachment(file, blob, inline=False, content_id=None))
    return tuple(found)


def _at(facts: Facts) -> datetime | None:
    began = min((fact["at"] for fact in facts.values()), default=None)
    return datetime.fromisoformat(began) if began else None


def _line(account: Account) -> _Line:
    given = account.settings
    return _Line(given.get("language", "en"), given.get("timezone", "UTC"), given.get("region"))
