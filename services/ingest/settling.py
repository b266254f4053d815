"""Outcomes of deliveries on their way into the database: many in one transaction."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from services.ingest.domain.deliveries import Patience
from services.ingest.usecases.deliver import Attempt, settle
from shared.messaging.errors import describe, is_transient
from shared.messaging.unit import UnitOfWork

log = logging.getLogger(__name__)

_TOGETHER_SECONDS = 0.15
_MOST = 200
_RETRY_SECONDS = 1.0

_Waiting = tuple[Attempt, "asyncio.Future[bool]"]


class Settling:
    """Stores outcomes in groups. A passing failure is waited out; one bad outcome fails alone."""

    def __init__(self, unit: UnitOfWork, patience: Patience) -> None:
        self._unit = unit
        self._patience = patience
        self._waiting: deque[_Waiting] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def record(self, attempt: Attempt) -> bool:
        """Whether the attempt's lease was still its own, once its outcome is committed."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((attempt, answer))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(_TOGETHER_SECONDS)
            group = [self._waiting.popleft() for _ in range(min(_MOST, len(self._waiting)))]
            await self._store(group)

    async def _store(self, group: Sequence[_Waiting]) -> None:
        # Nobody waits any more for what was given up: its lease has run out.
        group = [one for one in group if not one[1].done()]
        try:
            kept = await self._settled([attempt for attempt, _ in group])
        except Exception as error:
            await self._failed(group, error)
            return
        for (_, answer), result in zip(group, kept, strict=True):
            if not answer.done():
                answer.set_result(result)

    async def _settled(self, attempts: Sequence[Attempt]) -> list[bool]:
        if not attempts:
            return []
        async with self._unit.begin() as (session, outbox, now):
            return await settle(session, outbox, attempts, now, patience=self._patience)

    async def _failed(self, group: Sequence[_Waiting], error: Exception) -> None:
        if is_transient(error):
            log.warning("outcomes wait for the database", extra={"error": describe(error)})
            await asyncio.sleep(_RETRY_SECONDS)
            self._waiting.extendleft(reversed(group))
        elif len(group) > 1:
            for one in group:
                await self._store([one])
        elif not group[0][1].done():
            group[0][1].set_exception(error)
