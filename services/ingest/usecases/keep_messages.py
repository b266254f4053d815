"""Inbound messages of any channel: each finds its conversation, once, and is stored, once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Conversation, Message
from services.ingest.domain.threads import Arrival, Name, join, proposals
from services.ingest.repository import Messages, References
from services.ingest.repository.conversations import Growth, grow
from services.ingest.repository.messages import insert_messages
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that has not found its conversation yet; names: see `domain.threads`.

    customer: whom an answer goes to.
    """

    message: Message
    names: tuple[Name, ...]
    customer: Person


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of drafts.

    new: those stored now, in their order, each within its conversation, with the conversation's
    version after it. ids: for each draft's message id, the id of the message that is stored.
    """

    new: list[tuple[Message, int]]
    ids: dict[UUID, UUID]


async def keep(session: Session, drafts: Sequence[Draft]) -> Kept:
    """Stores the messages that are not known yet by their identity, in their conversations."""
    first = {(draft.message.tenant, draft.message.identity): draft for draft in reversed(drafts)}
    unique = [
        draft for draft in drafts if first[draft.message.tenant, draft.message.identity] is draft
    ]
    placed = await _placed(session, unique)
    fresh = await insert_messages(session, placed)
    new = [message for message in placed if message.id in fresh]
    versions = await grow(session, _growths(new, first))
    ids = {(message.tenant, message.identity): message.id for message in new}
    ids |= await Messages(session).same_as([key for key in first if key not in ids])
    # A message under an id that is stored with another identity was read by an older parser.
    kept = {d.message.id: ids.get((d.message.tenant, d.message.identity), d.message.id)
            for d in drafts}  # fmt: skip
    return Kept(_numbered(new, versions), kept)


async def _placed(session: Session, drafts: Sequence[Draft]) -> list[Message]:
    arrivals = [Arrival(draft.message.id, draft.names) for draft in drafts]
    references = References(session)
    proposed = proposals(arrivals)
    known = await references.claim(proposed) if proposed else {}
    conversations, where = join(arrivals, known)
    await references.move(
        {
            name: where[name]
            for name, conversation in proposed.items()
            if name not in known and where[name] != conversation
        }
    )
    return [draft.message.within(conversations[draft.message.id]) for draft in drafts]


def _growths(new: Sequence[Message], drafts: dict[tuple[str, UUID], Draft]) -> list[Growth]:
    by_conversation: defaultdict[UUID, list[Message]] = defaultdict(list)
    for message in new:
        by_conversation[message.conversation_id].append(message)
    return [
        Growth(
            _opened(messages[0], drafts[messages[0].tenant, messages[0].identity].customer),
            len(messages),
            max(message.received_at for message in messages),
        )
        for messages in by_conversation.values()
    ]


def _opened(message: Message, customer: Person) -> Conversation:
    return Conversation(
        message.tenant, message.conversation_id, message.channel, message.account,
        message.subject, customer, 0,
    )  # fmt: skip


def _numbered(
    new: Sequence[Message], versions: dict[tuple[str, UUID], int]
) -> list[tuple[Message, int]]:
    """Each message with its conversation's version after it, counting back from the last."""
    numbered = []
    left = dict(versions)
    for message in reversed(new):
        key = message.tenant, message.conversation_id
        numbered.append((message, left[key]))
        left[key] -= 1
    return numbered[::-1]
