"""Sends what is queued: leases deliveries, hands them to carriers, and records what came of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4

from services.ingest.domain.accounts import Account
from services.ingest.domain.deliveries import Leased, Outcome, Patience, is_spent
from services.ingest.metric_names import SENDING
from services.ingest.usecases.deliver import Attempt, lease, settle
from shared.messaging.errors import describe, is_transient
from shared.messaging.intake import Intake
from shared.messaging.unit import UnitOfWork

log = logging.getLogger(__name__)

Carrier = Callable[[Leased, Account], Awaitable[Outcome]]
"""Makes one attempt to deliver by an account; whatever it raises counts as outcome unknown."""

_RETRY_SECONDS = 1.0
_GRACE_SECONDS = 10.0
# Mails that are sent side by side end at about the same time: a moment's wait leases for all.
_TOGETHER_SECONDS = 0.01


class Sender:
    """Sends several mails at a time, one of each conversation, until it is stopped."""

    def __init__(
        self,
        unit: UnitOfWork,
        carriers: Mapping[str, Carrier],
        patience: Patience,
        *,
        at_once: int,
        lease_seconds: float,
        poll_seconds: float,
        at_end: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        """carriers: by kind of account. lease_seconds: longer than any carrier's time limits.

        at_end: what closes the carriers' connections, called once nothing is being sent any more.
        """
        self._unit = unit
        self._carriers = carriers
        self._at_end = at_end
        self._patience = patience
        self._at_once = at_once
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds
        self._settled: Intake[Attempt, bool] = Intake(unit, partial(settle, patience=patience))
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; mails in hand then have 10 s to end."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                found = await self._take()
                await self._rest(stopping, _RETRY_SECONDS if found is None else self._poll_seconds)
        finally:
            stopping.cancel()
            await self._end()

    async def _take(self) -> int | None:
        """Leases for every free place and begins to send; None when the database is away."""
        free = self._at_once - len(self._tasks)
        if free <= 0:
            return 0
        try:
            async with self._unit.begin() as (session, _, now):
                length = timedelta(seconds=self._lease_seconds)
                taken = await lease(session, uuid4(), now, length, free)
        except Exception as error:
            level = logging.WARNING if is_transient(error) else logging.ERROR
            log.log(level, "cannot look for mails to send", extra={"error": describe(error)})
            return None
        for one in taken:
            task = asyncio.create_task(self._deliver(one))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        SENDING.set(len(self._tasks))
        return len(taken)

    async def _rest(self, stopping: "asyncio.Task[bool]", seconds: float) -> None:
        """Waits until there may be something to do: a place is free, or it is time to look."""
        full = len(self._tasks) >= self._at_once
        waited: set[asyncio.Task[bool] | asyncio.Task[None]] = {stopping, *self._tasks}
        done, _ = await asyncio.wait(
            waited, timeout=None if full else seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if done and stopping not in done:
            await asyncio.sleep(_TOGETHER_SECONDS)

    async def _deliver(self, leased: Leased) -> None:
        outcome = await self._outcome(leased)
        try:
            async with asyncio.timeout(self._lease_seconds):
                kept = await self._recorded(Attempt(leased, outcome))
        except Exception as error:
            kept = False
            log.error("outcome of a delivery not stored", extra={"error": describe(error)})
        if not kept:
            # Its next holder sends the same bytes again, under the same Message-ID.
            log.warning("delivery lost", extra={"request": str(leased.delivery.request_id)})

    async def _outcome(self, leased: Leased) -> Outcome:
        if is_spent(leased.delivery, self._patience):
            return Outcome("unknown", "those who were sending it ended before an answer came")
        account = leased.account
        if account is None:
            return Outcome("refused", "the account that it was to be sent by is gone")
        carrier = self._carriers.get(account.kind)
        if carrier is None:
            return Outcome("refused", f"nothing can be sent by an account of kind {account.kind}")
        try:
            return await carrier(leased, account)
        except Exception as error:
            # Whatever this was, it is not known that the channel has nothing of the message.
            return Outcome("unknown", describe(error))

    async def _recorded(self, attempt: Attempt) -> bool:
        """Stores the outcome; a passing failure must not make a mail go out twice."""
        while True:
            try:
                return await self._settled.submit(attempt)
            except Exception as error:
                if not is_transient(error):
                    raise
            await asyncio.sleep(_RETRY_SECONDS)

    async def _end(self) -> None:
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for close in self._at_end:
            await close()
