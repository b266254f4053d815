"""What happened in chat sessions, as the events that others read."""

from collections.abc import Sequence
from datetime import datetime
from functools import singledispatch
from uuid import UUID

from services.ingest.domain.accounts import source_of
from services.ingest.domain.chat import happenings as it
from services.ingest.domain.chat.sessions import Chat, Entry, Key
from services.ingest.domain.chat.transcripts import transcript
from services.ingest.domain.chat.waiting import expected_wait
from services.ingest.domain.messages import LONGEST_TEXT
from services.ingest.domain.threads import identity
from services.ingest.repository.chat import Chats
from services.ingest.repository.chat_queue import Queue, Queues
from shared.contracts import conversations as contract
from shared.contracts.deliveries import DeliveryRead
from shared.contracts.inbound import ChatFile, ChatVisitor, InboundChatMessageSent
from shared.contracts.outgoing import OutgoingRequested
from shared.contracts.payload import BlobRef, Party, Payload
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox
from shared.storage import Session

_LONGEST_TRANSCRIPT = 2000
_END_REASONS = {"visitor": "visitor-left", "agent": "agent-ended", "system": "idle"}

Told = tuple[Chat, Sequence[it.News], Cause]
"""A session after a step, what is to be told of it, and the step's cause."""


async def announce_chats(
    session: Session, outbox: Outbox, told: Sequence[Told], now: datetime
) -> None:
    """Announces all of it in order: each session's row is locked, so this is the order for all."""
    looked_up = await _look_up(session, told)
    for chat, news, cause in told:
        for one in news:
            match one:
                case it.WasRead():
                    entries = looked_up.read.get(chat.key, [])
                    _announce_read(outbox, chat, cause, [e for e in entries if e.seq <= one.until])
                case it.Said():
                    _announce_said(outbox, chat, one, cause)
                case it.Missed():
                    _announce(outbox, chat, _copy(chat, one.spoken, now), cause)
                case it.Queued():
                    _announce(outbox, chat, _queued(chat, looked_up, now), cause)
                case it.HandedOver():
                    said = looked_up.said.get(chat.key, [])
                    _announce(outbox, chat, _handed_over(chat, one, said, now), cause)
                case it.Ended():
                    _announce(outbox, chat, _ended(chat, one, now), cause)
                case _:
                    _announce(outbox, chat, _conversation_event(one, chat, now), cause)
        if _is_mailed(chat, news):
            entries = looked_up.said.get(chat.key, [])
            _announce(outbox, chat, _transcript(chat, entries, now), cause)


class _LookedUp:
    """What the events say that is not in the sessions themselves."""

    def __init__(self) -> None:
        self.read: dict[Key, list[Entry]] = {}
        self.said: dict[Key, list[Entry]] = {}
        self.places: dict[Key, tuple[Queue, int]] = {}
        self.medians: dict[Queue, float] = {}


async def _look_up(session: Session, told: Sequence[Told]) -> _LookedUp:
    found = _LookedUp()
    chats = Chats(session)
    read = {chat.key: one.after for chat, news, _ in told for one in reversed(news)
            if isinstance(one, it.WasRead)}  # fmt: skip
    found.read = await chats.entries_after(read)
    wanted = {
        chat.key: 0
        for chat, news, _ in told
        if _is_mailed(chat, news) or any(isinstance(n, it.HandedOver) for n in news)
    }
    found.said = await chats.entries_after(wanted, _LONGEST_TRANSCRIPT)
    queued = {chat.key for chat, news, _ in told if any(isinstance(one, it.Queued) for one in news)}
    found.places = await Queues(session).places(queued)
    found.medians = await Queues(session).medians({queue for queue, _ in found.places.values()})
    return found


def _is_mailed(chat: Chat, news: Sequence[it.News]) -> bool:
    """Whether the transcript goes out now: it may have been asked for before that had a rule."""
    ends = any(isinstance(one, it.Ended) for one in news)
    return ends and bool(chat.transcript_to and chat.answered_at)


def _announce(outbox: Outbox, chat: Chat, payload: Payload, cause: Cause) -> None:
    outbox.add(payload, tenant=chat.tenant, key=str(chat.id), cause=cause)


def _announce_said(outbox: Outbox, chat: Chat, said: it.Said, cause: Cause) -> None:
    """As any adapter would: ingest's own consumer makes a message of it."""
    asked, entry = said.said, said.entry
    visitor = chat.visitor
    known = visitor.name or visitor.address
    payload = InboundChatMessageSent(
        session_id=str(chat.id), message_id=asked.id, text=asked.text, sent_at=asked.sent_at,
        visitor=ChatVisitor(name=visitor.name, email=visitor.address) if known else None,
        language=chat.language,
        held_by="bot" if chat.state == "bot" else "people",
        files=tuple(
            ChatFile(
                name=file.name,
                blob=BlobRef(
                    key=file.blob.key, size=file.blob.size, sha256=file.blob.sha256,
                    media_type=file.blob.media_type,
                ),
            )
            for file in asked.files
        ),
    )  # fmt: skip
    outbox.add(
        payload, tenant=chat.tenant, key=str(chat.id), source=source_of(chat.account),
        cause=cause, time=entry.at,
    )  # fmt: skip


def _announce_read(outbox: Outbox, chat: Chat, cause: Cause, read: Sequence[Entry]) -> None:
    """delivery.read for each thing requested that the visitor has come past."""
    for entry in read:
        if entry.delivery_kind is not None:
            payload = DeliveryRead(
                request_id=UUID(entry.client_id.removeprefix("r:")), conversation_id=chat.id,
                ticket_id=entry.ticket_id, kind=entry.delivery_kind, channel="chat",
                recipient=chat.visitor.address, at=outbox.now,
            )  # fmt: skip
            outbox.add(
                payload, tenant=chat.tenant, key=str(chat.id), subject=str(payload.request_id),
                cause=cause,
            )  # fmt: skip


def _queued(chat: Chat, looked_up: _LookedUp, now: datetime) -> contract.ConversationQueued:
    queue, place = looked_up.places.get(chat.key, ((chat.tenant, chat.account), 0))
    wait = expected_wait(place, looked_up.medians.get(queue))
    return contract.ConversationQueued(
        conversation_id=chat.id, account=chat.account, at=now, position=place, expected_seconds=wait
    )


@singledispatch
def _conversation_event(one: object, chat: Chat, now: datetime) -> contract.ConversationEvent:
    raise TypeError(type(one).__name__)


@_conversation_event.register
def _(one: it.Started, chat: Chat, now: datetime) -> contract.ConversationEvent:
    visitor = chat.visitor
    party = Party(name=visitor.name, address=visitor.address)
    return contract.ConversationStarted(
        conversation_id=chat.id, account=chat.account, at=now, language=chat.language,
        held_by="bot" if chat.state == "bot" else "people", page=chat.page,
        visitor=party if visitor.name or visitor.address else None,
        invitation=chat.invitation, offline=one.said.offline,
    )  # fmt: skip


@_conversation_event.register
def _(one: it.Answered, chat: Chat, now: datetime) -> contract.ConversationEvent:
    return contract.ConversationAnswered(
        conversation_id=chat.id, account=chat.account, at=now, by=one.by,
        waited_seconds=one.waited_seconds,
    )  # fmt: skip


@_conversation_event.register
def _(one: it.Abandoned, chat: Chat, now: datetime) -> contract.ConversationEvent:
    return contract.ConversationAbandoned(
        conversation_id=chat.id, account=chat.account, at=now, waited_seconds=one.waited_seconds
    )


def _handed_over(
    chat: Chat, one: it.HandedOver, entries: Sequence[Entry], now: datetime
) -> contract.ConversationHandedOver:
    text = "\n".join(entry.text for entry in entries if entry.kind == "message" and entry.text)
    visitor = Party(name=chat.visitor.name, address=chat.visitor.address)
    return contract.ConversationHandedOver(
        conversation_id=chat.id, account=chat.account, at=now, by=one.by, language=chat.language,
        visitor=visitor if visitor.name or visitor.address else None,
        text=text.encode()[:LONGEST_TEXT].decode(errors="ignore"),
    )  # fmt: skip


@_conversation_event.register
def _(one: it.Invited, chat: Chat, now: datetime) -> contract.ConversationEvent:
    invite = one.invite
    return contract.ConversationInvited(
        conversation_id=chat.id, account=chat.account, at=now, invitation=invite.invitation,
        outcome=invite.outcome, page=invite.page,
    )  # fmt: skip


def _ended(chat: Chat, one: it.Ended, now: datetime) -> contract.ConversationEnded:
    return contract.ConversationEnded(
        conversation_id=chat.id, account=chat.account, at=now, by=one.end.by,
        by_agent=one.end.agent_id, reason=_END_REASONS[one.end.by], seconds=one.seconds,
        messages=chat.messages, replies=chat.replies,
        transcript_to=chat.transcript_to if chat.answered_at else None,
    )  # fmt: skip


def _transcript(chat: Chat, entries: Sequence[Entry], now: datetime) -> OutgoingRequested:
    return OutgoingRequested(
        request_id=identity("transcript", str(chat.id)), conversation_id=chat.id,
        kind="transcript", text=transcript("us", entries), subject="Your conversation with us",
        recipient=Party(name=chat.visitor.name, address=chat.transcript_to), channel="email",
        automatic=True, requested_by="ingest", requested_at=now,
    )  # fmt: skip


def _copy(chat: Chat, spoken: it.Speak, now: datetime) -> OutgoingRequested:
    return OutgoingRequested(
        request_id=identity("missed", str(spoken.request_id)), conversation_id=chat.id,
        kind="reply", ticket_id=spoken.ticket_id, text=spoken.text,
        recipient=Party(name=chat.visitor.name, address=chat.visitor.address), channel="email",
        requested_by=spoken.requested_by, requested_at=now,
    )  # fmt: skip
