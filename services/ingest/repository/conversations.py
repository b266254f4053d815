"""Conversations in PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Integer,
    Row,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Conversation
from services.ingest.domain.threads import MOST_PARTICIPANTS, Merge, Thread
from services.ingest.tables import conversation as conversations
from shared.storage import ReadSession, Session, unnest

Key = tuple[str, UUID]
"""(tenant, conversation id)."""

_at = DateTime(timezone=True)
_NEW = ["tenant", "id", "channel", "account", "subject", "customer_name", "customer_address",
        "version", "opened_at", "updated_at", "participants"]  # fmt: skip
_given = unnest(
    "given", tenant=Text, id=Uuid, channel=Text, account=Text, subject=Text, customer_name=Text,
    customer_address=Text, version=Integer, opened_at=_at, updated_at=_at, people=Text,
)  # fmt: skip
_insert = insert(conversations).from_select(
    _NEW,
    select(
        *[_given.c[name] for name in _NEW[:-1]],
        # One text for each row: PostgreSQL takes no lists of lists. No address has a line break.
        func.string_to_array(_given.c.people, "\n", type_=ARRAY(Text)).label("participants"),
    ).order_by(_given.c.tenant, _given.c.id),
)
_ADD = _insert.on_conflict_do_update(
    index_elements=["tenant", "id"],
    set_={
        "version": conversations.c.version + _insert.excluded.version,
        "updated_at": func.greatest(conversations.c.updated_at, _insert.excluded.updated_at),
        # A conversation that we opened by writing to somebody learns the name from the answer.
        "customer_name": func.coalesce(
            conversations.c.customer_name, _insert.excluded.customer_name
        ),
        "customer_address": func.coalesce(
            conversations.c.customer_address, _insert.excluded.customer_address
        ),
        "participants": text(
            "ARRAY(SELECT DISTINCT p"
            " FROM unnest(conversation.participants || excluded.participants) AS p"
            " LIMIT :most)"
        ).bindparams(most=MOST_PARTICIPANTS),
    },
).returning(conversations.c.tenant, conversations.c.id, conversations.c.version)
_keys = unnest("keys", tenant=Text, id=Uuid)
_FIND = select(conversations).join(
    _keys, (conversations.c.tenant == _keys.c.tenant) & (conversations.c.id == _keys.c.id)
)
_LOCK = (
    _FIND.with_only_columns(conversations.c.id)
    .order_by(conversations.c.tenant, conversations.c.id)
    .with_for_update(key_share=True, of=conversations)
)
_LOCK_THREADS = _LOCK.with_only_columns(
    *[conversations.c[name] for name in ("tenant", "id", "subject", "opened_at", "participants",
                                         "customer_address", "merged_into")]
)  # fmt: skip
_merges = unnest("merges", owner=Text, loser=Uuid, survivor=Uuid, at=_at)
_part = conversations.alias("part")
# What was part of the loser is part of the survivor: ways stay one step long.
_lost = union_all(
    select(_merges.c.owner, _merges.c.loser.label("id"), _merges.c.survivor, _merges.c.at),
    select(_merges.c.owner, _part.c.id, _merges.c.survivor, _merges.c.at).join(
        _part, (_part.c.tenant == _merges.c.owner) & (_part.c.merged_into == _merges.c.loser)
    ),
).subquery("lost")
_MERGE = (
    update(conversations)
    .where(conversations.c.tenant == _lost.c.owner, conversations.c.id == _lost.c.id)
    .values(merged_into=_lost.c.survivor, merged_at=_lost.c.at)
)
_of, _one = bindparam("of", type_=Text), bindparam("one", type_=Uuid)
_root = (
    select(func.coalesce(conversations.c.merged_into, conversations.c.id))
    .where(conversations.c.tenant == _of, conversations.c.id == _one)
    .scalar_subquery()
)
_PARTS = union_all(
    select(_part.c.id).where(_part.c.tenant == _of, _part.c.id == _root),
    select(_part.c.id).where(_part.c.tenant == _of, _part.c.merged_into == _root),
)


@dataclass(frozen=True, slots=True)
class Growth:
    """A conversation as it would be opened, and by how many inbound messages it grows.

    participants: people to be added. opened_at: `at` if None.
    """

    conversation: Conversation
    messages: int
    at: datetime
    participants: tuple[str, ...] = ()
    opened_at: datetime | None = None


class Conversations:
    """The conversations of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def find(self, keys: Collection[Key]) -> dict[Key, Conversation]:
        """Those of the conversations that there are."""
        if not keys:
            return {}
        rows = await self._session.execute(_FIND, _split(keys))
        return {(row.tenant, row.id): _conversation(row) for row in rows}

    async def lock(self, keys: Collection[Key]) -> None:
        """Locks them, sorted: what is announced about one conversation is then in order."""
        if keys:
            await self._session.execute(_LOCK, _split(keys))

    async def lock_threads(self, keys: Collection[Key]) -> dict[Key, Thread]:
        """Those of the conversations that there are, locked, with what they were merged into."""
        found: dict[Key, Thread] = {}
        wanted = set(keys)
        while wanted:
            rows = await self._session.execute(_LOCK_THREADS, _split(wanted))
            found |= {(row.tenant, row.id): _thread(row) for row in rows}
            into = {(key[0], one.merged_into) for key, one in found.items() if one.merged_into}
            wanted = {(tenant, id) for tenant, id in into if id} - found.keys()
        return found

    async def parts(self, key: Key) -> list[UUID]:
        """The ids under which a conversation's messages lie: its own and its aliases'.

        It does not matter which of them is asked for; empty where there is none such.
        """
        rows = await self._session.scalars(_PARTS, {"of": key[0], "one": key[1]})
        return list(rows)


async def grow(session: Session, growths: Sequence[Growth]) -> dict[Key, int]:
    """Opens the conversations that are new and adds to the others; each may be given once.

    Returns their versions after it. Their rows are locked, so that what is announced about a
    conversation goes out in the order of its versions.
    """
    if not growths:
        return {}
    rows = await session.execute(_ADD, _columns(growths))
    return {(row.tenant, row.id): row.version for row in rows}


async def store_merges(session: Session, merges: Sequence[Merge]) -> None:
    """Makes losers aliases of their survivors. The caller has locked them by `lock_threads`."""
    if not merges:
        return
    # Of a chain within one batch, each goes to the last.
    into = {(one.tenant, one.loser): one for one in merges}
    given: dict[str, list[object]] = {"owner": [], "loser": [], "survivor": [], "at": []}
    for (tenant, loser), merge in into.items():
        last = merge.survivor
        while (tenant, last) in into:
            last = into[tenant, last].survivor
        given["owner"].append(tenant)
        given["loser"].append(loser)
        given["survivor"].append(last)
        given["at"].append(merge.at)
    await session.execute(_MERGE, given)


def _columns(growths: Sequence[Growth]) -> dict[str, list[object]]:
    opened = [growth.conversation for growth in growths]
    times: list[object] = [growth.at for growth in growths]
    return {
        "tenant": [one.tenant for one in opened],
        "id": [one.id for one in opened],
        "channel": [one.channel for one in opened],
        "account": [one.account for one in opened],
        "subject": [one.subject for one in opened],
        "customer_name": [one.customer.name for one in opened],
        "customer_address": [one.customer.address for one in opened],
        "version": [growth.messages for growth in growths],
        "opened_at": [growth.opened_at or growth.at for growth in growths],
        "updated_at": times,
        "people": ["\n".join(growth.participants) for growth in growths],
    }


def _split(keys: Collection[Key]) -> dict[str, list[object]]:
    tenants, ids = zip(*sorted(keys), strict=True)
    return {"tenant": list(tenants), "id": list(ids)}


def _thread(row: Row[Any]) -> Thread:
    customer = (row.customer_address.lower(),) if row.customer_address else ()
    people = tuple(dict.fromkeys((*row.participants, *customer)))
    return Thread(row.id, row.subject, row.opened_at, people, row.merged_into)


def _conversation(row: Row[tuple[object, ...]]) -> Conversation:
    customer = Person(row.customer_name, row.customer_address)
    return Conversation(
        row.tenant, row.id, row.channel, row.account, row.subject, customer, row.version
    )
