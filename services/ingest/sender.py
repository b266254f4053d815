"""Sends what is queued: leases deliveries, hands them to carriers, and records what came of it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from services.ingest.domain.accounts import Account
from services.ingest.domain.deliveries import Leased, Outcome, Patience, is_spent
from services.ingest.metric_names import ACCOUNT_BLOCKED, SENDING
from services.ingest.settling import Settling
from services.ingest.usecases.deliver import Attempt, lease, renew
from shared.messaging.errors import describe, is_transient
from shared.messaging.unit import UnitOfWork

log = logging.getLogger(__name__)

Carrier = Callable[[Leased, Account], Awaitable[Outcome]]
"""Makes one attempt to deliver by an account; whatever it raises counts as outcome unknown."""

_RETRY_SECONDS = 1.0
_GRACE_SECONDS = 10.0
# What is queued, or ends, at about the same time: a moment's wait leases for all of it.
_TOGETHER_SECONDS = 0.15


class Sender:
    """Sends several messages at a time, one of each conversation, until it is stopped."""

    def __init__(
        self,
        unit: UnitOfWork,
        carriers: Mapping[str, Carrier],
        patience: Patience,
        *,
        at_once: int,
        lease_seconds: float,
        poll_seconds: float,
        queued: asyncio.Event | None = None,
        at_end: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        """carriers: by kind of account. at_once: messages in hand, of one account never all.

        lease_seconds: after which others take over; renewed while a message is in hand. queued: set
        by whoever queues in this process, so that the sender looks at once. at_end: what closes the
        carriers' connections, called once nothing is being sent any more.
        """
        self._unit = unit
        self._carriers = carriers
        self._at_end = at_end
        self._patience = patience
        self._at_once = at_once
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds
        self._news = queued or asyncio.Event()
        self._batch = max(4, at_once // 4)
        self._more = False
        self._settling = Settling(unit, patience)
        self._in_hand: dict[UUID, tuple[Leased, asyncio.Task[None]]] = {}
        self._blocked: set[tuple[str, str]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; mails in hand then have 10 s to end."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self._news.set())
        renewing = asyncio.create_task(self._renew())
        try:
            while not stop.is_set():
                self._news.clear()
                found = await self._take()
                await self._rest(_RETRY_SECONDS if found is None else self._poll_seconds)
        finally:
            stopping.cancel()
            await self._end()
            renewing.cancel()

    async def _take(self) -> int | None:
        """Leases for every free place and begins to send; None when the database is away."""
        free = self._at_once - len(self._in_hand)
        if free <= 0:
            return 0
        try:
            async with self._unit.begin() as (session, _, now):
                length = timedelta(seconds=self._lease_seconds)
                most = min(free, self._batch)
                taken = await lease(session, uuid4(), now, length, most, busy=self._busy())
        except Exception as error:
            level = logging.WARNING if is_transient(error) else logging.ERROR
            log.log(level, "cannot look for mails to send", extra={"error": describe(error)})
            return None
        for one in taken:
            task = asyncio.create_task(self._deliver(one))
            self._in_hand[one.delivery.request_id] = one, task
            task.add_done_callback(partial(self._ended, one.delivery.request_id))
        SENDING.set(len(self._in_hand))
        self._more = len(taken) == most
        return len(taken)

    def _busy(self) -> list[tuple[str, str]]:
        """Accounts that have half of all places: one whose relay hangs must not take them all."""
        holding = Counter(
            (one.delivery.tenant, one.delivery.account) for one, _ in self._in_hand.values()
        )
        return [account for account, count in holding.items() if count * 2 >= self._at_once]

    def _ended(self, request_id: UUID, _task: "asyncio.Task[None]") -> None:
        self._in_hand.pop(request_id, None)
        # Where nothing else waits, the next message of the same conversation may.
        if not self._more or self._has_room():
            self._news.set()

    def _has_room(self) -> bool:
        return self._at_once - len(self._in_hand) >= self._batch

    async def _rest(self, seconds: float) -> None:
        """Waits until there may be something to do: room for many, news, or it is time to look."""
        if self._more and self._has_room() and not self._busy():
            return
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        if not self._more:
            await asyncio.sleep(_TOGETHER_SECONDS)

    async def _deliver(self, leased: Leased) -> None:
        outcome = await self._outcome(leased)
        self._watch(leased, outcome)
        try:
            async with asyncio.timeout(self._lease_seconds):
                kept = await self._settling.record(Attempt(leased, outcome))
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

    def _watch(self, leased: Leased, outcome: Outcome) -> None:
        """Raises the alarm for an account that its relay turns away, and ends it once one goes."""
        key = leased.delivery.tenant, leased.delivery.account
        if outcome.kind == "blocked" and key not in self._blocked:
            self._blocked.add(key)
            ACCOUNT_BLOCKED.labels(*key).set(1)
            log.error(
                "an account cannot send", extra={"account": "/".join(key), "why": outcome.reason}
            )
        elif outcome.kind == "sent" and key in self._blocked:
            self._blocked.discard(key)
            ACCOUNT_BLOCKED.labels(*key).set(0)

    async def _renew(self) -> None:
        """Keeps what is in hand ours, and drops what others have taken over."""
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            held = dict(self._in_hand)
            if not held:
                continue
            try:
                async with self._unit.begin() as (session, _, now):
                    length = timedelta(seconds=self._lease_seconds)
                    leased = [one for one, _ in held.values()]
                    ours = await renew(session, leased, now, length)
            except Exception as error:
                log.warning("leases not renewed", extra={"error": describe(error)})
                continue
            for request_id in held.keys() - ours:
                # Settled in the meantime, or somebody else is sending it: two must not.
                if request_id in self._in_hand:
                    held[request_id][1].cancel()

    async def _end(self) -> None:
        tasks = [task for _, task in self._in_hand.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for close in self._at_end:
            await close()
