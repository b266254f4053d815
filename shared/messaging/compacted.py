"""The latest state of compacted topics, in a service's own database, folded by `sequence`."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from shared.contracts.envelope import Payload
from shared.messaging import tables
from shared.messaging.consumer import Consumer
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage.batches import unnest
from shared.storage.sessions import ReadSession, Session

Regressed = Callable[[Session, Outbox, Sequence[Received[Any]], datetime], Awaitable[None]]

_state = tables.compacted_state
_given = unnest(
    "given", topic=Text, key=Text, tenant=Text, sequence=BigInteger, type=Text, data=JSONB
)
_insert = insert(_state)
_FOLD = _insert.from_select(
    ["topic", "key", "tenant", "sequence", "type", "data"],
    select(_given).order_by(_given.c.topic, _given.c.key),
).on_conflict_do_update(
    index_elements=["topic", "key"],
    where=_state.c.sequence < _insert.excluded.sequence,
    set_={name: _insert.excluded[name] for name in ("tenant", "sequence", "type", "data")},
)


def compacted_consumer(
    service: str,
    topic: str,
    reads: type[Payload] | tuple[type[Payload], ...],
    regressed: Regressed | None = None,
) -> Consumer:
    """A consumer that keeps the latest state per key of a compacted topic.

    reads: the types of it; where there are several, each is the full state of its key.

    regressed: given by the topic's owner. It gets the events whose `sequence` is below one read
    before, and announces the present state of those keys again, since compaction would keep them.
    """
    kinds = reads if isinstance(reads, tuple) else (reads,)
    noun = topic.removeprefix("support.").rpartition(".")[0]

    async def fold(
        session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
    ) -> None:
        known = await _sequences(session, topic, received) if regressed else {}
        await _fold(session, topic, received)
        late = _below(known, received)
        if late and regressed:
            await regressed(session, outbox, late, now)

    return Consumer(f"support.{service}.{noun}", (topic,), kinds, fold, compacted=True)


class Compacted:
    """Reads what a compacted consumer has folded."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def get(self, topic: str, key: str) -> dict[str, Any] | None:
        """The payload last announced under `key`, as JSON; None when nothing was."""
        query = select(_state.c.data).where(_state.c.topic == topic, _state.c.key == key)
        found: dict[str, Any] | None = await self._session.scalar(query)
        return found


async def _fold(session: Session, topic: str, received: Sequence[Received[Any]]) -> None:
    latest: dict[str, Received[Any]] = {}
    for event in received:
        kept = latest.get(event.event.subject)
        if kept is None or kept.sequence < event.sequence:
            latest[event.event.subject] = event
    rows = list(latest.items())
    await session.execute(
        _FOLD,
        {
            "topic": [topic] * len(rows),
            "key": [key for key, _ in rows],
            "tenant": [event.tenant for _, event in rows],
            "sequence": [event.sequence for _, event in rows],
            "type": [event.event.type for _, event in rows],
            "data": [event.data.model_dump(mode="json") for _, event in rows],
        },
    )


async def _sequences(
    session: Session, topic: str, received: Sequence[Received[Any]]
) -> dict[str, int]:
    keys = sorted({event.event.subject for event in received})
    rows = await session.execute(
        select(_state.c.key, _state.c.sequence)
        .where(_state.c.topic == topic, _state.c.key.in_(keys))
        .order_by(_state.c.key)
        .with_for_update()
    )
    return {key: sequence for key, sequence in rows}


def _below(known: dict[str, int], received: Sequence[Received[Any]]) -> list[Received[Any]]:
    """The events that come after a higher `sequence` of their key was read."""
    highest = dict(known)
    late = []
    for event in received:
        before = highest.get(event.event.subject, 0)
        if event.sequence < before:
            late.append(event)
        highest[event.event.subject] = max(before, event.sequence)
    return late
