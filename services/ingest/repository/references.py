"""Which conversation a Message-ID or a chat session belongs to, for good."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Boolean, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.threads import Name
from services.ingest.tables import message_reference as references
from shared.storage import Session, unnest

_given = unnest("given", tenant=Text, name=Uuid, conversation_id=Uuid, own=Boolean)
_CLAIM = (
    insert(references)
    .from_select(
        ["tenant", "name", "conversation_id", "own"],
        select(_given).order_by(_given.c.tenant, _given.c.name),
    )
    .on_conflict_do_nothing()
    .returning(references.c.tenant, references.c.name)
)
_names = unnest("names", tenant=Text, name=Uuid)
_LOOK = select(references).join(
    _names, (references.c.tenant == _names.c.tenant) & (references.c.name == _names.c.name)
)
_moved = unnest("moved", owner=Text, of=Uuid, to=Uuid)
_MOVE = (
    update(references)
    .values(conversation_id=_moved.c.to)
    .where(references.c.tenant == _moved.c.owner, references.c.name == _moved.c.of)
)


class References:
    """Names of messages and sessions. A name that is committed never changes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def claim(self, proposed: Mapping[Name, UUID]) -> dict[Name, UUID]:
        """Claims all names at once, sorted, and returns those that others had claimed before.

        A rival that claims one of them in this moment is waited for, so that two parsers never
        open two conversations for one thread. proposed: the conversation for a name that is new.
        """
        claimed = {tuple(row) for row in await self._session.execute(_CLAIM, _columns(proposed))}
        others = [name for name in proposed if name not in claimed]
        if not others:
            return {}
        tenants, names = zip(*others, strict=True)
        rows = await self._session.execute(_LOOK, {"tenant": list(tenants), "name": list(names)})
        return {(row.tenant, row.name): row.conversation_id for row in rows}

    async def move(self, settled: Mapping[Name, UUID]) -> None:
        """Corrects names that this transaction has claimed for a conversation that lost."""
        if settled:
            owners, names = zip(*settled, strict=True)
            given = {"owner": list(owners), "of": list(names), "to": list(settled.values())}
            await self._session.execute(_MOVE, given)


def _columns(names: Mapping[Name, UUID]) -> dict[str, list[object]]:
    return {
        "tenant": [tenant for tenant, _ in names],
        "name": [name for _, name in names],
        "conversation_id": list(names.values()),
        "own": [False] * len(names),
    }
