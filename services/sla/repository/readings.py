"""How far the ticket events have been read, by partition."""

from collections.abc import Mapping

from sqlalchemy import DateTime, Integer, Text, select
from sqlalchemy.dialects.postgresql import insert

from services.sla.domain.reading import Reading
from services.sla.tables import reading
from shared.storage import ReadSession, Session, unnest

_at = DateTime(timezone=True)
_given = unnest(
    "given", topic=Text, partition=Integer, oldest_unread_at=_at, updated_at=_at,
    spell_started_at=_at,
)  # fmt: skip
_put = insert(reading).from_select(
    _given.c.keys(), select(*_given.c).order_by(_given.c.topic, _given.c.partition)
)
_SAVE = _put.on_conflict_do_update(
    index_elements=["topic", "partition"],
    set_={
        name: _put.excluded[name] for name in ("oldest_unread_at", "updated_at", "spell_started_at")
    },
    # The later look counts, whichever process was the slower one.
    where=reading.c.updated_at < _put.excluded.updated_at,
)


async def readings(session: ReadSession, topic: str) -> dict[int, Reading]:
    """What was last seen of each partition."""
    rows = await session.execute(select(reading).where(reading.c.topic == topic))
    return {
        row.partition: Reading(row.oldest_unread_at, row.updated_at, row.spell_started_at)
        for row in rows
    }


async def save_readings(session: Session, topic: str, seen: Mapping[int, Reading]) -> None:
    """Stores what was seen. One statement."""
    await session.execute(
        _SAVE,
        {
            "topic": [topic] * len(seen),
            "partition": list(seen),
            "oldest_unread_at": [one.oldest_unread_at for one in seen.values()],
            "updated_at": [one.updated_at for one in seen.values()],
            "spell_started_at": [one.spell_started_at for one in seen.values()],
        },
    )
