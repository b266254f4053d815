"""Which conversation a message belongs to: found by the names that messages give each other.

Every message has names: its own Message-ID and those that it answers; for a chat its session. A
name belongs to one conversation for ever, the first one that it is seen in, whether its own
message has arrived yet or not. So a reply that comes before its parent opens the conversation, and
the parent joins it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

Name = tuple[str, UUID]
"""A name inside a tenant: 128 bits of SHA-256 of what it stands for."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that looks for its conversation; names: the most telling first, its own last.

    id: the message's; also that of the conversation that it opens, if no name of it is known.
    """

    id: UUID
    names: tuple[Name, ...]


def mail_names(
    tenant: str, message_id: str, in_reply_to: Iterable[str], references: Sequence[str]
) -> tuple[Name, ...]:
    """The names of a mail: what it answers, then its thread from the latest on, then itself."""
    ids = dict.fromkeys((*in_reply_to, *reversed(references), message_id))
    return tuple((tenant, _uuid("mail", header)) for header in ids)


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
    arrivals: Iterable[Arrival], known: Mapping[Name, UUID]
) -> tuple[dict[UUID, UUID], dict[Name, UUID]]:
    """The conversation of each message, by message id, and of each name after that.

    known: the conversations of names that had one before. One message at a time, so that it makes
    no difference which of them came together.
    """
    where = dict(known)
    conversations: dict[UUID, UUID] = {}
    for arrival in arrivals:
        found = (where[name] for name in arrival.names if name in where)
        conversation = next(found, arrival.id)
        conversations[arrival.id] = conversation
        for name in arrival.names:
            where.setdefault(name, conversation)
    return conversations, where


def _uuid(*parts: str) -> UUID:
    named = "\0".join(parts).encode("utf-8", "surrogatepass")
    return UUID(bytes=hashlib.sha256(named).digest()[:16])
