"""What a session becomes by what happens to it: pure, one step at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.ingest.domain.chat.happenings import (
    Abandoned,
    Action,
    Answered,
    AskPerson,
    End,
    Ended,
    HandedOver,
    Invite,
    Invited,
    Join,
    Leave,
    Missed,
    News,
    Queued,
    Read,
    Said,
    Say,
    Speak,
    Started,
    WantTranscript,
    WasRead,
    Who,
)
from services.ingest.domain.chat.sessions import Chat, Entry, EntryKind, Rules, State
from services.ingest.domain.headers import Person

Refusal = Literal["ended", "not-started", "no-bot", "unknown", "not-answered"]
_UNSTARTED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """What came of an action. entry: the line that it is, also when it had been taken before."""

    chat: Chat
    entries: tuple[Entry, ...] = ()
    news: tuple[News, ...] = ()
    entry: Entry | None = None
    refusal: Refusal | None = None


def step(
    chat: Chat, action: Action, now: datetime, rules: Rules, known: Mapping[str, Entry]
) -> Step:
    """known: entries of the session by client id; an action that is among them is not repeated."""
    if (name := client_id(action)) and name in known:
        return Step(chat, entry=known[name])
    # What we say after the end is there when the visitor comes back.
    if chat.state == "ended" and not isinstance(action, Read | Speak):
        return Step(chat, refusal="ended")
    taken = _take(chat, action, now, rules)
    if taken.refusal or (taken.chat == chat and not taken.entries):
        return taken
    return replace(taken, chat=replace(taken.chat, due_at=_due(taken.chat, now, rules)))


def client_id(action: Action) -> str | None:
    """The name under which an action's entry is stored, None for an action without one."""
    match action:
        case Say(id=id):
            return f"v:{id}"
        case Speak(request_id=id):
            return f"r:{id}"
        case Join(event=event) | Leave(event=event):
            return f"e:{event}"
    return None


def _due(chat: Chat, now: datetime, rules: Rules) -> datetime:
    if chat.state == "ended":
        return now + rules.keep
    return now + (rules.idle if chat.started_at else _UNSTARTED)


def _take(chat: Chat, action: Action, now: datetime, rules: Rules) -> Step:
    match action:
        case Say() | Speak() | AskPerson() | End():
            return _talk(chat, action, now, rules)
        case Join():
            return _join(chat, action, now)
        case Leave():
            return _leave(chat, action, now)
        case Read(seq=seq):
            return _read(chat, min(seq, chat.seq))
        case Invite():
            return _invite(chat, action)
    return _want_transcript(chat, action)


def _talk(chat: Chat, action: Say | Speak | AskPerson | End, now: datetime, rules: Rules) -> Step:
    match action:
        case Say(offline=True) if chat.started_at is None:
            return _leave_message(chat, action, now, rules)
        case Say():
            return _say(chat, action, now, rules)
        case Speak():
            return _speak(chat, action, now)
        case AskPerson():
            return _hand_over(chat, "visitor", now)
    return _end(chat, action, now)


def _say(chat: Chat, said: Say, now: datetime, rules: Rules) -> Step:
    entry = _entry(chat, "message", now, f"v:{said.id}", said.visitor.name)
    entry = replace(entry, text=said.text, files=said.files)
    news: tuple[News, ...] = (Said(said, entry),)
    after = replace(
        chat.with_entry(entry),
        messages=chat.messages + 1,
        visitor=Person(
            said.visitor.name or chat.visitor.name, said.visitor.address or chat.visitor.address
        ),
        language=said.language or chat.language,
        page=said.page or chat.page,
    )
    if chat.started_at is None:
        waits = not rules.bot
        after = replace(
            after, started_at=now, state="waiting" if waits else "bot",
            waiting_since=now if waits else None,
        )  # fmt: skip
        news = (Started(said), *news, *([Queued()] if waits else []))
    return Step(after, (entry,), news, entry)


def _leave_message(chat: Chat, said: Say, now: datetime, rules: Rules) -> Step:
    """Nobody is in: the message is all of the session, and the answer goes to the address."""
    begun = _say(chat, said, now, replace(rules, bot=True))
    ended = _end(begun.chat, End("system"), now)
    entries = (*begun.entries, *ended.entries)
    return Step(ended.chat, entries, (*begun.news, *ended.news), begun.entry)


def _speak(chat: Chat, spoken: Speak, now: datetime) -> Step:
    kind = _kind_of(spoken)
    author = chat.agent_name if kind == "reply" else None
    entry = _entry(chat, kind, now, f"r:{spoken.request_id}", author)
    entry = replace(entry, text=spoken.text, ticket_id=spoken.ticket_id, delivery_kind=spoken.kind)
    after = replace(chat.with_entry(entry), replies=chat.replies + (kind != "notice"))
    news: tuple[News, ...] = ()
    if kind == "reply" and chat.answered_at is None and chat.started_at is not None:
        since = chat.waiting_since or chat.started_at
        state: State = "ended" if chat.state == "ended" else "active"
        after = replace(after, answered_at=now, waiting_since=since, state=state)
        news = (Answered(spoken.requested_by, _seconds(since, now)),)
    if kind == "reply" and chat.state == "ended" and chat.visitor.address:
        news = (*news, Missed(spoken))
    given = Step(after, (entry,), news, entry)
    if not (spoken.hand_over and after.state == "bot"):
        return given
    handed = _hand_over(after, "bot", now)
    return Step(handed.chat, (entry, *handed.entries), (*news, *handed.news), entry)


def _kind_of(spoken: Speak) -> EntryKind:
    if spoken.kind == "bot":
        return "bot"
    return "notice" if spoken.automatic or spoken.kind != "reply" else "reply"


def _read(chat: Chat, until: int) -> Step:
    if until <= chat.read_seq:
        return Step(chat)
    return Step(replace(chat, read_seq=until), news=(WasRead(chat.read_seq, until),))


def _hand_over(chat: Chat, by: Who, now: datetime) -> Step:
    if chat.state != "bot":
        return Step(chat, refusal="no-bot")
    entry = _entry(chat, "handed-over", now)
    after = replace(chat.with_entry(entry), state="waiting", waiting_since=now)
    return Step(after, (entry,), (HandedOver(by), Queued()), entry)


def _invite(chat: Chat, invite: Invite) -> Step:
    before = chat.invited.get(invite.invitation)
    fits = before is None if invite.outcome == "shown" else before == "shown"
    if not fits:
        return Step(chat, refusal="unknown" if before is None else None)
    after = replace(
        chat,
        invited={**chat.invited, invite.invitation: invite.outcome},
        page=invite.page or chat.page,
        invitation=invite.invitation if invite.outcome == "accepted" else chat.invitation,
    )
    return Step(after, news=(Invited(invite),))


def _want_transcript(chat: Chat, wanted: WantTranscript) -> Step:
    # Else anybody's own words would be mailed to anybody, and from our address.
    if chat.answered_at is None:
        return Step(chat, refusal="not-answered")
    return Step(replace(chat, transcript_to=wanted.email))


def _join(chat: Chat, join: Join, now: datetime) -> Step:
    if chat.agent_id == join.agent_id:
        return Step(chat)
    entry = _entry(chat, "joined", now, f"e:{join.event}", join.name)
    state: State = "active" if chat.state == "waiting" else chat.state
    after = replace(
        chat.with_entry(entry), agent_id=join.agent_id, agent_name=join.name, state=state
    )
    return Step(after, (entry,), (), entry)


def _leave(chat: Chat, leave: Leave, now: datetime) -> Step:
    if chat.agent_id != leave.agent_id:
        return Step(chat)
    entry = _entry(chat, "left", now, f"e:{leave.event}", chat.agent_name)
    # Who was never answered stands in the queue again, in the old place.
    waits = chat.state == "active" and chat.answered_at is None
    state: State = "waiting" if waits else chat.state
    after = replace(chat.with_entry(entry), agent_id=None, agent_name=None, state=state)
    return Step(after, (entry,), (), entry)


def _end(chat: Chat, end: End, now: datetime) -> Step:
    if chat.started_at is None:
        return Step(chat, refusal="not-started")
    entry = _entry(chat, "ended", now, author=end.by)
    after = replace(chat.with_entry(entry), state="ended", ended_at=now)
    news: tuple[News, ...] = (Ended(end, _seconds(chat.started_at, now)),)
    if chat.waiting_since is not None and chat.answered_at is None and end.by != "agent":
        news = (Abandoned(_seconds(chat.waiting_since, now)), *news)
    return Step(after, (entry,), news, entry)


def _entry(
    chat: Chat, kind: EntryKind, now: datetime, name: str | None = None, author: str | None = None
) -> Entry:
    seq = chat.seq + 1
    return Entry(seq=seq, kind=kind, client_id=name or f"s:{seq}", at=now, author=author)


def _seconds(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
