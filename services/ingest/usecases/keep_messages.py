"""Inbound messages of any channel: each finds its conversation, once, and is stored, once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Conversation, Message
from services.ingest.domain.threads import Arrival, Joined, Merge, Name, join, proposals
from services.ingest.repository import Conversations, Messages, References
from services.ingest.repository.conversations import Growth, grow, store_merges
from services.ingest.repository.messages import insert_messages, release_messages
from services.ingest.usecases.know_customers import Known, know_customers
from services.ingest.usecases.prove_customers import prove_customers
from shared.messaging.outbox import Outbox
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that has not found its conversation yet; names and the rest: see `domain.threads`.

    customer: whom an answer goes to. own: the message's own name, where it has one. people: whom
    else it was sent to, lower-case addresses. signed, numbered: conversations that it names
    otherwise. A message marked as spam is stored by itself, in no conversation.
    """

    message: Message
    names: tuple[Name, ...]
    customer: Person
    own: Name | None = None
    people: tuple[str, ...] = ()
    signed: UUID | None = None
    numbered: UUID | None = None
    answers_us: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of drafts.

    new: those to be announced, in their order, each within its conversation, with the
    conversation's version after it; no spam, and no mail of ours that came back. merges: the
    conversations that turned out to be one, by the id of the message that showed it. ids: for each
    draft's message id, the id of the message that is stored. forgotten: messages that their
    sender wrote before being erased; they are not stored.
    """

    new: list[tuple[Message, int]]
    ids: dict[UUID, UUID]
    merges: dict[UUID, list[Merge]]
    forgotten: set[UUID] = field(default_factory=set)


async def keep(session: Session, outbox: Outbox, drafts: Sequence[Draft]) -> Kept:
    """Stores the messages that are not known yet by their identity, in their conversations.

    Customers who are new are announced.
    """
    first = {(draft.message.tenant, draft.message.identity): draft for draft in reversed(drafts)}
    ids = await Messages(session).same_as(list(first))
    fresh = [
        draft
        for draft in drafts
        if (key := (draft.message.tenant, draft.message.identity)) not in ids
        and first[key] is draft
    ]
    known = await know_customers(session, outbox, [draft.message for draft in fresh], outbox.now)
    fresh = [draft for draft in fresh if draft.message.id not in known.forgotten]
    signed = [(d.message, d.signed) for d in fresh if d.signed and d.message.channel == "email"]
    await prove_customers(session, outbox, signed, known)
    joined = await _join(session, [draft for draft in fresh if not draft.message.spam])
    placed = [_placed(draft, joined, known) for draft in fresh]
    stored = await insert_messages(session, placed)
    ids |= {(one.tenant, one.identity): one.id for one in placed if one.id in stored}
    # A rival has stored the same message since we looked.
    if late := [key for key in first if key not in ids]:
        ids |= await Messages(session).same_as(late)
    new, merges = await _grow(session, fresh, [one for one in placed if one.id in stored], joined)
    new = [(_with_root(message, known), version) for message, version in new]
    # A message under an id that is stored with another identity was read by an older parser.
    kept = {d.message.id: ids.get((d.message.tenant, d.message.identity), d.message.id)
            for d in drafts}  # fmt: skip
    return Kept(new, kept, merges, known.forgotten)


async def keep_released(session: Session, outbox: Outbox, drafts: Sequence[Draft]) -> Kept:
    """The same for messages that are stored as spam, and are none.

    The drafts have their messages as they shall be from now on. The caller has locked the rows.
    """
    known = await know_customers(session, outbox, [draft.message for draft in drafts], outbox.now)
    joined = await _join(session, drafts)
    placed = [_placed(draft, joined, known) for draft in drafts]
    await release_messages(session, placed)
    new, merges = await _grow(session, drafts, placed, joined)
    return Kept(new, {draft.message.id: draft.message.id for draft in drafts}, merges)


async def _join(session: Session, drafts: Sequence[Draft]) -> Joined:
    """Claims the names, locks the conversations that they lead to, and joins them."""
    arrivals = [_arrival(draft) for draft in drafts]
    references = References(session)
    proposed = proposals(arrivals)
    own = {one.own for one in arrivals if one.own}
    known = await references.claim(proposed, own)
    keys = {(name[0], one.conversation_id) for name, one in known.items()}
    keys |= {(a.tenant, id) for a in arrivals for id in (a.signed, a.numbered) if id}
    joined = join(arrivals, known, await Conversations(session).lock_threads(keys))
    await references.settle(
        {
            name: after
            for name, after in joined.names.items()
            if after != known.get(name)
            and (name in known or after.conversation_id != proposed[name])
        }
    )
    return joined


def _arrival(draft: Draft) -> Arrival:
    message = draft.message
    return Arrival(
        tenant=message.tenant, id=message.id, at=message.received_at, names=draft.names,
        own=draft.own, subject=message.subject,
        sender=message.sender.address.lower() if message.sender.address else None,
        people=draft.people, signed=draft.signed, numbered=draft.numbered,
        robot=message.kind != "message", answers_us=draft.answers_us,
    )  # fmt: skip


def _placed(draft: Draft, joined: Joined, known: Known) -> Message:
    message = draft.message
    conversation = joined.conversations.get(message.id, message.id)
    customer, _root = known.customers.get(message.id, (None, None))
    if customer is None:
        return message.within(conversation)
    return replace(message, conversation_id=conversation, customer_id=customer)


def _with_root(message: Message, known: Known) -> Message:
    """What is announced names the customer as it is now, what is stored whose identity it was."""
    customer, root = known.customers.get(message.id, (None, None))
    return message if customer == root else replace(message, customer_id=root)


async def _grow(
    session: Session, drafts: Sequence[Draft], stored: Sequence[Message], joined: Joined
) -> tuple[list[tuple[Message, int]], dict[UUID, list[Merge]]]:
    customers = {draft.message.id: draft.customer for draft in drafts}
    versions = await grow(session, _growths(stored, customers, joined))
    ids = {message.id for message in stored}
    merges: defaultdict[UUID, list[Merge]] = defaultdict(list)
    for merge in joined.merges:
        if merge.arrival in ids:
            merges[merge.arrival].append(merge)
    await store_merges(session, [merge for some in merges.values() for merge in some])
    return _numbered(list(filter(_is_announced, stored)), versions), dict(merges)


def _is_announced(message: Message) -> bool:
    return not (message.spam or message.own)


def _growths(
    stored: Sequence[Message], customers: dict[UUID, Person], joined: Joined
) -> list[Growth]:
    by_conversation: defaultdict[tuple[str, UUID], list[Message]] = defaultdict(list)
    for message in stored:
        if not message.spam:
            by_conversation[message.tenant, message.conversation_id].append(message)
    return [
        Growth(
            _opened(messages[0], customers[messages[0].id]),
            sum(map(_is_announced, messages)),
            max(message.received_at for message in messages),
            participants=joined.threads[key].participants,
            opened_at=joined.threads[key].opened_at,
        )
        for key, messages in by_conversation.items()
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
