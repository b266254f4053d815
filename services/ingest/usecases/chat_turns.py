"""Whatever happens to chat sessions: load them locked, take each step, store, announce."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.ingest.domain.accounts import Account
from services.ingest.domain.chat.channel import rules_of
from services.ingest.domain.chat.happenings import Action, Invite, News, Say, Started
from services.ingest.domain.chat.sessions import Chat, Entry, Key, Rules
from services.ingest.domain.chat.steps import Refusal, client_id, step
from services.ingest.domain.threads import Name, chat_names
from services.ingest.repository import Accounts, References
from services.ingest.repository.chat import Chats, add_entries, open_chats, save_chats
from services.ingest.usecases.chat_announce import announce_chats
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox
from shared.storage import Session

Told = Callable[[Collection[Key]], None]
"""Called after the commit with the sessions that have changed."""


@dataclass(frozen=True, slots=True)
class ChatTimes:
    """idle: silence that ends a session whose account does not say; keep: it is kept so long."""

    idle: timedelta = timedelta(minutes=30)
    keep: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Turn:
    """One action in one session. account: the session's; None where it must be stored already."""

    key: Key
    account: str | None
    action: Action
    cause: Cause


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a turn. entry: the line that it is, or was when it came before."""

    entry: Entry | None
    refusal: Refusal | Literal["no-session"] | None = None


@dataclass(slots=True)
class _Work:
    """Sessions in hand: as they are now, their new entries, and what is to be told of them."""

    chats: dict[Key, Chat]
    known: dict[Key, dict[str, Entry]]
    added: list[tuple[Key, Entry]] = field(default_factory=list)
    news: list[tuple[Chat, Sequence[News], Cause]] = field(default_factory=list)


async def take_turns(
    session: Session,
    outbox: Outbox,
    turns: Sequence[Turn],
    now: datetime,
    *,
    times: ChatTimes,
    told: Told,
) -> list[Taken]:
    """Takes all turns in their order; the result of each, in the same order.

    A session is made by its first message or invitation. The same client id again changes nothing
    and gets the first one's entry.
    """
    accounts = await Accounts(session).of_tenants({turn.key[0] for turn in turns})
    before = await _sessions(session, turns, now)
    work = _Work(dict(before), await _known(session, turns))
    taken = [_take(work, turn, now, accounts, times) for turn in turns]
    await _store(session, work, before)
    await announce_chats(session, outbox, work.news, now)
    if changed := {key for key, chat in work.chats.items() if chat != before[key]}:
        outbox.once_committed(lambda: told(changed))
    return taken


async def _sessions(session: Session, turns: Sequence[Turn], now: datetime) -> dict[Key, Chat]:
    found = await Chats(session).lock({turn.key for turn in turns})
    new = {
        turn.key: Chat(tenant=turn.key[0], id=turn.key[1], account=turn.account, due_at=now)
        for turn in turns
        if turn.account and turn.key not in found and isinstance(turn.action, Say | Invite)
    }
    return found | await open_chats(session, list(new.values()))


async def _known(session: Session, turns: Sequence[Turn]) -> dict[Key, dict[str, Entry]]:
    names = {(*turn.key, name) for turn in turns if (name := client_id(turn.action))}
    found = await Chats(session).named(names)
    return {key: {entry.client_id: entry for entry in entries} for key, entries in found.items()}


def _take(
    work: _Work,
    turn: Turn,
    now: datetime,
    accounts: Mapping[tuple[str, str], Account],
    times: ChatTimes,
) -> Taken:
    chat = work.chats.get(turn.key)
    if chat is None:
        return Taken(None, "no-session")
    known = work.known.setdefault(turn.key, {})
    account = accounts.get((chat.tenant, chat.account))
    rules = rules_of(account.settings, times.idle, times.keep) if account else Rules()
    made = step(chat, turn.action, now, rules, known)
    work.chats[turn.key] = made.chat
    known.update({entry.client_id: entry for entry in made.entries})
    work.added += [(turn.key, entry) for entry in made.entries]
    if made.news:
        work.news.append((made.chat, made.news, turn.cause))
    return Taken(made.entry, made.refusal)


async def _store(session: Session, work: _Work, before: Mapping[Key, Chat]) -> None:
    await add_entries(session, work.added)
    await save_chats(session, [c for key, c in work.chats.items() if c != before[key]])
    if names := _names(work):
        # A session is its conversation: the first message need not open another one.
        await References(session).claim(names)


def _names(work: _Work) -> dict[Name, UUID]:
    return {
        chat_names(chat.tenant, chat.account, str(chat.id))[0]: chat.id
        for chat, news, _ in work.news
        if any(isinstance(one, Started) for one in news)
    }
