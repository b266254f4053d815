"""Whatever happens to chat sessions: load them locked, take each step, store, announce."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.ingest.domain.chat.channel import rules_of
from services.ingest.domain.chat.happenings import Action, Invite, News, Say, Started
from services.ingest.domain.chat.sessions import Chat, Entry, Key, Rules
from services.ingest.domain.chat.steps import Refusal, client_id, step
from services.ingest.domain.threads import Name, chat_names
from services.ingest.repository import Accounts, References
from services.ingest.repository.chat import Chats, Held
from services.ingest.repository.chat_store import open_chats, store_chats
from services.ingest.usecases.chat_announce import announce_chats
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox
from shared.storage import Session

Told = Callable[[Mapping[Key, Sequence[Entry]]], None]
"""Called after the commit with the sessions that have changed, and the new entries of each."""


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
    held = await _sessions(session, turns, now)
    rules = {key: _rules(one, times) for key, one in held.items()}
    work = _Work({key: one.chat for key, one in held.items()}, await _known(session, turns))
    taken = [_take(work, turn, now, rules) for turn in turns]
    changed = [chat for key, chat in work.chats.items() if chat != held[key].chat]
    await _store(session, work, changed)
    await announce_chats(session, outbox, work.news, now)
    if changed:
        fresh: dict[Key, list[Entry]] = {chat.key: [] for chat in changed}
        for key, entry in work.added:
            fresh[key].append(entry)
        outbox.once_committed(lambda: told(fresh))
    return taken


async def _sessions(session: Session, turns: Sequence[Turn], now: datetime) -> dict[Key, Held]:
    found = await Chats(session).lock({turn.key for turn in turns})
    new = {
        turn.key: Chat(tenant=turn.key[0], id=turn.key[1], account=turn.account, due_at=now)
        for turn in turns
        if turn.account and turn.key not in found and isinstance(turn.action, Say | Invite)
    }
    if not new:
        return found
    accounts = await Accounts(session).of_tenants({tenant for tenant, _ in new})
    for key, chat in (await open_chats(session, list(new.values()))).items():
        account = accounts.get((chat.tenant, chat.account))
        found[key] = Held(chat, account.settings if account else None)
    return found


def _rules(held: Held, times: ChatTimes) -> Rules:
    if held.settings is None:
        return Rules()
    return rules_of(held.settings, times.idle, times.keep)


async def _known(session: Session, turns: Sequence[Turn]) -> dict[Key, dict[str, Entry]]:
    names = {(*turn.key, name) for turn in turns if (name := client_id(turn.action))}
    found = await Chats(session).named(names)
    return {key: {entry.client_id: entry for entry in entries} for key, entries in found.items()}


def _take(work: _Work, turn: Turn, now: datetime, rules: Mapping[Key, Rules]) -> Taken:
    chat = work.chats.get(turn.key)
    if chat is None:
        return Taken(None, "no-session")
    known = work.known.setdefault(turn.key, {})
    made = step(chat, turn.action, now, rules[turn.key], known)
    work.chats[turn.key] = made.chat
    known.update({entry.client_id: entry for entry in made.entries})
    work.added += [(turn.key, entry) for entry in made.entries]
    if made.news:
        work.news.append((made.chat, made.news, turn.cause))
    return Taken(made.entry, made.refusal)


async def _store(session: Session, work: _Work, changed: Sequence[Chat]) -> None:
    await store_chats(session, changed, work.added)
    if names := _names(work):
        # A session is its conversation: the first message need not open another one.
        await References(session).claim(names)


def _names(work: _Work) -> dict[Name, UUID]:
    return {
        chat_names(chat.tenant, chat.account, str(chat.id))[0]: chat.id
        for chat, news, _ in work.news
        if any(isinstance(one, Started) for one in news)
    }
