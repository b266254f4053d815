"""Which conversation a message belongs to: found by the names that messages give each other.

Every message has names: its own Message-ID and those that it answers; for a chat its session. A
name belongs to one conversation for ever, the first one that it is seen in, whether its own
message has arrived yet or not. So a reply that comes before its parent opens the conversation, and
the parent joins it; and a message whose names belong to two conversations shows that they are one.

Names are not secret. Who is no participant of a conversation and writes under another subject
begins one of their own; so does a mail that has somebody else's Message-ID.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.ingest.domain.subjects import bare, is_same_subject

Name = tuple[str, UUID]
"""A name inside a tenant: 128 bits of SHA-256 of what it stands for."""

MOST_PARTICIPANTS = 50
"""People of a conversation that are remembered; who comes later is known by the subject only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message that looks for its conversation; names: the most telling first, its own last.

    id: the message's; also that of the conversation that it opens, if it finds none. sender and
    people (whom it was sent to): addresses in lower case. signed: the conversation that it
    certainly belongs to: a reply token says so, or a bounce's delivery. numbered: that of the
    ticket that its subject names. robot: a bounce or an automatic reply, which comes under any
    subject. answers_us: one of its names is that of a mail that we sent.
    """

    tenant: str
    id: UUID
    at: datetime
    names: tuple[Name, ...] = ()
    own: Name | None = None
    subject: str | None = None
    sender: str | None = None
    people: tuple[str, ...] = ()
    signed: UUID | None = None
    numbered: UUID | None = None
    robot: bool = False
    answers_us: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """The conversation of a name; own: whether a message with this very name has come."""

    conversation_id: UUID
    own: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """What messages are compared with: a conversation's subject, people and age."""

    id: UUID
    subject: str | None
    opened_at: datetime
    participants: tuple[str, ...] = ()
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """`loser` is part of `survivor`, as the message of `arrival` shows."""

    tenant: str
    loser: UUID
    survivor: UUID
    arrival: UUID
    at: datetime


@dataclass(slots=True)
class Joined:
    """What is known after messages have found their conversations.

    conversations: each message's. names: each name's. threads: by (tenant, id), the new ones too.
    """

    names: dict[Name, Known]
    threads: dict[tuple[str, UUID], Thread]
    conversations: dict[UUID, UUID] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)


def mail_names(
    tenant: str, message_id: str, in_reply_to: Iterable[str], references: Sequence[str]
) -> tuple[Name, ...]:
    """The names of a mail: what it answers, then its thread from the latest on, then itself."""
    ids = dict.fromkeys((*in_reply_to, *reversed(references)))
    ids.pop(message_id, None)
    return tuple((tenant, _uuid("mail", header)) for header in (*ids, message_id))


def chat_names(tenant: str, account: str, session: str) -> tuple[Name, ...]:
    """The one name of all messages of a chat session."""
    return ((tenant, _uuid("chat", account, session)),)


def identity(kind: str, *parts: str) -> UUID:
    """What makes a message the same message, where that is known by ids."""
    return _uuid(kind, *parts)


def proposals(arrivals: Iterable[Arrival]) -> dict[Name, UUID]:
    """For each name, the conversation that the first message with it would open."""
    first: dict[Name, UUID] = {}
    for arrival in arrivals:
        for name in arrival.names:
            first.setdefault(name, arrival.id)
    return first


def join(
    arrivals: Iterable[Arrival],
    known: Mapping[Name, Known],
    threads: Mapping[tuple[str, UUID], Thread],
) -> Joined:
    """The conversation of each message, and of each name after that.

    known: names that had a conversation before; threads: those conversations, and those that they
    were merged into. One message at a time, so that it makes no difference which came together.
    """
    joined = Joined(dict(known), dict(threads))
    for arrival in arrivals:
        found = list(_found(joined, arrival))
        thread = _united(joined, arrival, found) if found else _opened(arrival)
        joined.conversations[arrival.id] = thread.id
        joined.threads[arrival.tenant, thread.id] = _with_people(thread, arrival)
        for name in arrival.names:
            before = joined.names.get(name) or Known(thread.id, False)
            joined.names[name] = replace(before, own=before.own or name == arrival.own)
    return joined


def survivor(
    threads: Mapping[tuple[str, UUID], Thread], tenant: str, id: UUID | None
) -> Thread | None:
    """The conversation that an id leads to now; None where there is none."""
    thread = threads.get((tenant, id)) if id else None
    while thread is not None and thread.merged_into is not None:
        thread = threads.get((tenant, thread.merged_into))
    return thread


def _found(joined: Joined, arrival: Arrival) -> Iterator[Thread]:
    """The conversations that the message belongs to, each once, the surest first."""
    seen: set[UUID] = set()
    for thread in _candidates(joined, arrival):
        if thread.id not in seen:
            seen.add(thread.id)
            yield thread


def _candidates(joined: Joined, arrival: Arrival) -> Iterator[Thread]:
    signed = survivor(joined.threads, arrival.tenant, arrival.signed)
    if signed is not None:
        yield signed
    sure = signed is not None
    for name in arrival.names:
        named = joined.names.get(name)
        if named is None:
            continue
        # A name may be all that there is of a conversation: then it begins now.
        thread = survivor(joined.threads, arrival.tenant, named.conversation_id) or Thread(
            named.conversation_id, arrival.subject, arrival.at
        )
        if _belongs(arrival, thread, taken=named.own and name == arrival.own):
            sure = True
            yield thread
    numbered = survivor(joined.threads, arrival.tenant, arrival.numbered)
    # A number is easily guessed or left in a subject: it counts only where nothing better does.
    if numbered is not None and not sure and arrival.sender in numbered.participants:
        yield numbered


def _belongs(arrival: Arrival, thread: Thread, *, taken: bool) -> bool:
    """taken: another message has this Message-ID already, from a broken mailer or on its way."""
    known = arrival.sender is not None and arrival.sender in thread.participants
    if arrival.robot:
        return known or arrival.answers_us
    if known:
        return not taken or is_same_subject(arrival.subject, thread.subject)
    # No subject is no new one from somebody who takes part; from a stranger it says nothing.
    return not taken and bare(arrival.subject or "") == bare(thread.subject or "")


def _united(joined: Joined, arrival: Arrival, found: Sequence[Thread]) -> Thread:
    """The conversation of a message that belongs to all of those: the oldest of what is one.

    Conversations under different subjects stay apart, unless the message is the missing link: the
    answers to it came first.
    """
    first, *others = found
    before = joined.names.get(arrival.own) if arrival.own else None
    link = before is not None and not before.own
    halves = [] if arrival.robot else [
        other for other in others if link or is_same_subject(other.subject, first.subject)
    ]  # fmt: skip
    oldest = min((first, *halves), key=lambda thread: (thread.opened_at, thread.id))
    for loser in (first, *halves):
        if loser is not oldest:
            joined.merges.append(Merge(arrival.tenant, loser.id, oldest.id, arrival.id, arrival.at))
            joined.threads[arrival.tenant, loser.id] = replace(loser, merged_into=oldest.id)
            oldest = _with(oldest, loser.participants)
    return oldest


def _opened(arrival: Arrival) -> Thread:
    return Thread(arrival.id, arrival.subject, arrival.at)


def _with_people(thread: Thread, arrival: Arrival) -> Thread:
    # Whom a robot names is its own business, and often somebody who never wrote.
    senders = (arrival.sender,) if arrival.sender and not arrival.robot else ()
    return _with(thread, (*senders, *(() if arrival.robot else arrival.people)))


def _with(thread: Thread, people: Iterable[str]) -> Thread:
    everybody = tuple(dict.fromkeys((*thread.participants, *people)))[:MOST_PARTICIPANTS]
    return thread if everybody == thread.participants else replace(thread, participants=everybody)


def _uuid(*parts: str) -> UUID:
    named = "\0".join(parts).encode("utf-8", "surrogatepass")
    return UUID(bytes=hashlib.sha256(named).digest()[:16])
