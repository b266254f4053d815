"""How much is waiting to be published."""

from sqlalchemy import func, literal, select

from shared.messaging.tables import outbox
from shared.storage import ReadSession


async def waiting_events(session: ReadSession, most: int) -> int:
    """Rows of the outbox, counted up to `most`."""
    some = select(literal(1)).select_from(outbox).limit(most).subquery()
    return (await session.execute(select(func.count()).select_from(some))).scalar_one()
