"""Keys held back: behind a parked record of an ordered consumer nothing of its key passes."""

from collections.abc import Sequence

from sqlalchemy import LargeBinary, Text, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from shared.messaging import tables
from shared.storage.sessions import Session

_held = tables.held_key
_READ = (
    select(_held.c.key)
    .where(_held.c.consumer == bindparam("consumer", type_=Text))
    .where(_held.c.key == func.any(bindparam("keys", type_=ARRAY(LargeBinary))))
    .order_by(_held.c.key)
    .with_for_update(read=True)
)


async def held(session: Session, consumer: str, keys: Sequence[bytes]) -> set[bytes]:
    """Those of `keys` that are held; they stay so until this transaction ends (FOR SHARE)."""
    if not keys:
        return set()
    found = await session.execute(_READ, {"consumer": consumer, "keys": sorted(set(keys))})
    return set(found.scalars())


async def hold(session: Session, consumer: str, keys: Sequence[bytes]) -> None:
    """Holds `keys` from now on."""
    if keys:
        rows = [{"consumer": consumer, "key": key} for key in sorted(set(keys))]
        await session.execute(insert(_held).values(rows).on_conflict_do_nothing())


async def lock(session: Session, consumer: str, key: bytes) -> bool:
    """Takes a held key for itself (FOR UPDATE), so that no batch adds to it. False if not held."""
    query = select(_held.c.key).where(_held.c.consumer == consumer, _held.c.key == key)
    return (await session.scalar(query.with_for_update())) is not None


async def release(session: Session, consumer: str, key: bytes) -> None:
    """Lets `key` pass again."""
    await session.execute(delete(_held).where(_held.c.consumer == consumer, _held.c.key == key))
