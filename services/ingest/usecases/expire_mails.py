"""Mails as they came are kept until retention ends; their ids and hashes stay."""

from datetime import datetime, timedelta

from services.ingest.metric_names import MAILS_EXPIRED
from services.ingest.repository.blob_removals import expire_raws, oldest_raw, queue_removals
from services.ingest.usecases.erase_customer import BLOB_REST
from shared.messaging.outbox import Outbox
from shared.messaging.timers import Timer
from shared.storage import ReadSession, Session

_PAGE = 500


def retention(keep: timedelta | None) -> list[Timer]:
    """The timer that removes raw bytes older than `keep`; none where they are kept for ever."""
    if keep is None:
        return []
    kept = keep

    async def fire(session: Session, _outbox: Outbox, now: datetime, limit: int) -> int:
        return await expire_mails(session, now, limit, keep=kept)

    async def next_due(session: ReadSession) -> datetime | None:
        oldest = await oldest_raw(session)
        return None if oldest is None else oldest + kept

    return [Timer("retention", fire, next_due, limit=_PAGE)]


async def expire_mails(session: Session, now: datetime, limit: int, *, keep: timedelta) -> int:
    """Takes the bytes off a page of raw mails that are older than `keep`; returns how many."""
    count, keys = await expire_raws(session, now - keep, limit)
    await queue_removals(session, keys, now + BLOB_REST)
    MAILS_EXPIRED.inc(count)
    return count
