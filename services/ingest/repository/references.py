"""Which conversation a Message-ID or a chat session belongs to, for good."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Boolean, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.threads import Known, Name
from services.ingest.tables import message_reference as references
from shared.storage import ReadSession, unnest

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
_moved = unnest("moved", owner=Text, of=Uuid, to=Uuid, mine=Boolean)
_MOVE = (
    update(references)
    .values(conversation_id=_moved.c.to, own=_moved.c.mine)
    .where(references.c.tenant == _moved.c.owner, references.c.name == _moved.c.of)
)


class References:
    """Names of messages and sessions. The conversation of a name that is committed never changes.

    What it was merged into is the conversation's own affair.
    """

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def claim(
        self, proposed: Mapping[Name, UUID], own: Collection[Name] = ()
    ) -> dict[Name, Known]:
        """Claims all names at once, sorted, and returns those that others had claimed before.

        A rival that claims one of them in this moment is waited for, so that two parsers never
        open two conversations for one thread. proposed: the conversation for a name that is new.
        own: those whose very messages have come.
        """
        if not proposed:
            return {}
        given = _columns(proposed, own)
        claimed = {tuple(row) for row in await self._session.execute(_CLAIM, given)}
        return await self._look([name for name in proposed if name not in claimed])

    async def find(self, names: Collection[Name]) -> dict[Name, UUID]:
        """The conversations of those of the names that have one."""
        return {name: known.conversation_id for name, known in (await self._look(names)).items()}

    async def settle(self, settled: Mapping[Name, Known]) -> None:
        """Corrects names that this transaction has claimed, and marks those whose mail came."""
        if settled:
            owners, names = zip(*sorted(settled), strict=True)
            known = [settled[name] for name in sorted(settled)]
            given = {
                "owner": list(owners), "of": list(names),
                "to": [one.conversation_id for one in known], "mine": [one.own for one in known],
            }  # fmt: skip
            await self._session.execute(_MOVE, given)

    async def _look(self, names: Collection[Name]) -> dict[Name, Known]:
        if not names:
            return {}
        tenants, ids = zip(*names, strict=True)
        rows = await self._session.execute(_LOOK, {"tenant": list(tenants), "name": list(ids)})
        return {(row.tenant, row.name): Known(row.conversation_id, row.own) for row in rows}


def _columns(names: Mapping[Name, UUID], own: Collection[Name]) -> dict[str, list[object]]:
    return {
        "tenant": [tenant for tenant, _ in names],
        "name": [name for _, name in names],
        "conversation_id": list(names.values()),
        "own": [name in own for name in names],
    }
