"""Chat sessions whose time has come: silent ones end, old ones are forgotten."""

from collections.abc import Sequence
from datetime import datetime

from services.ingest.domain.chat.happenings import End
from services.ingest.domain.chat.sessions import Chat
from services.ingest.repository.chat import Chats
from services.ingest.repository.chat_store import forget_chats
from services.ingest.usecases.chat_hear import Take
from services.ingest.usecases.chat_turns import Turn
from shared.messaging.events import timer_cause
from shared.messaging.outbox import Outbox
from shared.storage import ReadSession, Session


async def end_idle_chats(
    session: Session, outbox: Outbox, now: datetime, limit: int, *, take: Take
) -> int:
    """Ends what was begun and fell silent; forgets what has ended long ago or never began."""
    due = await Chats(session).due(now, limit)
    old = [chat for chat in due if chat.state == "ended" or chat.started_at is None]
    await forget_chats(session, [chat.key for chat in old])
    if turns := _turns([chat for chat in due if chat not in old]):
        await take(session, outbox, turns, now)
    return len(due)


async def next_idle_chat(session: ReadSession) -> datetime | None:
    """When the next one is due."""
    return await Chats(session).next_due()


def _turns(chats: Sequence[Chat]) -> list[Turn]:
    return [
        Turn(chat.key, None, End("system"), timer_cause(chat.due_at, "chat", str(chat.id)))
        for chat in chats
    ]
