"""Which ticket a conversation's next message goes to."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.dialects.postgresql import insert

from services.router import tables
from services.router.domain.tickets import Ticket
from services.router.repository.columns import columns, given, same, taken
from services.router.repository.tickets import TICKET
from shared.storage import Session

ConversationKey = tuple[str, UUID]
"""(tenant, conversation id)"""

_NAMES = ("tenant", "conversation_id", "ticket_id")
_KEY = ("tenant", "conversation_id")
_conversations, _tickets = tables.conversations, tables.tickets

_new = given(_conversations, _NAMES)
_CLAIM = (
    insert(_conversations)
    .from_select(_NAMES, select(*taken(_new, _NAMES)).order_by(*taken(_new, _KEY)))
    .on_conflict_do_nothing()
    .returning(_conversations.c.tenant, _conversations.c.conversation_id)
)
_PASS_ON = (
    update(_conversations)
    .where(same(_conversations, _new, *_KEY))
    .values(ticket_id=_new.c.g_ticket_id)
)
_asked = given(_conversations, _KEY)
_TICKETS = (
    select(_conversations.c.conversation_id, *TICKET)
    .join(_asked, same(_conversations, _asked, *_KEY))
    .join(
        _tickets,
        and_(
            _tickets.c.tenant == _conversations.c.tenant,
            _tickets.c.id == _conversations.c.ticket_id,
        ),
    )
    .order_by(_tickets.c.tenant, _tickets.c.id)
    .with_for_update(of=_tickets)
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation and the ticket that its next message goes to."""

    tenant: str
    conversation_id: UUID
    ticket_id: UUID


class Conversations:
    """The conversations table, inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def claim(self, wanted: Collection[Conversation]) -> set[ConversationKey]:
        """Takes conversations that nobody knew for their new tickets; returns which those are.

        A rival that meets the same conversation waits here, before it locks anything else.
        """
        rows = await self._session.execute(_CLAIM, columns(_NAMES, wanted))
        return {(tenant, conversation_id) for tenant, conversation_id in rows}

    async def lock_tickets(
        self, keys: Collection[ConversationKey]
    ) -> dict[ConversationKey, Ticket]:
        """Locks and returns the tickets of known conversations, by conversation."""
        if not keys:
            return {}
        tenants, ids = zip(*keys, strict=True)
        rows = await self._session.execute(
            _TICKETS, {"g_tenant": list(tenants), "g_conversation_id": list(ids)}
        )
        known: dict[UUID, Ticket] = {}
        found = {}
        for conversation_id, *values in rows:
            ticket = Ticket(*values)
            # Two conversations may lead to one ticket: both must see what the other does to it.
            ticket = known.setdefault(ticket.id, ticket)
            found[ticket.tenant, conversation_id] = ticket
        return found

    async def pass_on(self, moved: Collection[Conversation]) -> None:
        """From now on the conversations' messages go to these tickets."""
        await self._session.execute(_PASS_ON, columns(_NAMES, moved))
