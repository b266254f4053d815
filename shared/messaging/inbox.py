"""Which events a consumer has applied: each is claimed once, in the effect's transaction."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from shared.messaging import tables
from shared.storage.batches import unnest
from shared.storage.sessions import Session

_given = unnest("given", ids=Uuid)
_CLAIM = (
    insert(tables.inbox)
    .from_select(["consumer", "event_id"], select(bindparam("consumer", type_=Text), _given.c.ids))
    .on_conflict_do_nothing()
    .returning(tables.inbox.c.event_id)
)


async def claim(session: Session, consumer: str, ids: Collection[UUID]) -> set[UUID]:
    """Claims `ids` for `consumer` and returns those that nobody had claimed before.

    They go in sorted: two rivals that replay the same records then wait for each other instead of
    locking each other out.
    """
    if not ids:
        return set()
    claimed = await session.execute(_CLAIM, {"consumer": consumer, "ids": sorted(set(ids))})
    return set(claimed.scalars())
