"""Group commit for what comes from outside: many requests, one transaction, then answers."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from shared.messaging import failpoint
from shared.messaging.errors import is_transient
from shared.messaging.metric_names import INTAKE_GROUP
from shared.messaging.outbox import Outbox
from shared.messaging.unit import UnitOfWork
from shared.storage.sessions import Session

I = TypeVar("I")  # noqa: E741
R = TypeVar("R")

MOST_REQUESTS = 200
MOST_BYTES = 8 * 1024 * 1024
_LONGEST_WAIT = 0.005


@dataclass(slots=True)
class _Member(Generic[I, R]):
    item: I
    size: int
    session: str | None
    answer: "asyncio.Future[R]"


class Intake(Generic[I, R]):
    """Commits submitted items in groups: at most 200 or 8 MB, one group in flight, in order.

    `handle` gets (session, outbox, items, now) and returns one result per item, in their order; it
    must make copies within one group the same thing. A group that fails is halved down to the
    members to blame, which get the exception; the later members of the same session fail with
    theirs, since they may rest on it.
    """

    def __init__(
        self,
        unit: UnitOfWork,
        handle: Callable[[Session, Outbox, Sequence[I], datetime], Awaitable[Sequence[R]]],
    ) -> None:
        self._unit = unit
        self._handle = handle
        self._waiting: deque[_Member[I, R]] = deque()
        self._bytes = 0
        self._full = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    async def submit(self, item: I, size: int = 0, session: str | None = None) -> R:
        """Adds one item and returns its result once it is committed, or raises what went wrong.

        size: bytes, counted towards the group's limit. session: names a sender whose items depend
        on one another, such as one SMTP connection.
        """
        failpoint.hit("P0")
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Member(item, size, session, answer))
        self._bytes += size
        if len(self._waiting) >= MOST_REQUESTS or self._bytes >= MOST_BYTES:
            self._full.set()
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        result = await answer
        failpoint.hit("P1")
        return result

    async def _work(self) -> None:
        await self._gather()
        while self._waiting:
            # While one group is committed the next one gathers: no further waiting is needed.
            await self._commit(self._take())

    async def _gather(self) -> None:
        self._full.clear()
        try:
            async with asyncio.timeout(_LONGEST_WAIT):
                await self._full.wait()
        except TimeoutError:
            pass

    def _take(self) -> list[_Member[I, R]]:
        group: list[_Member[I, R]] = []
        size = 0
        while self._waiting and len(group) < MOST_REQUESTS and (not group or size < MOST_BYTES):
            member = self._waiting.popleft()
            self._bytes -= member.size
            size += member.size
            group.append(member)
        return group

    async def _commit(self, group: list[_Member[I, R]]) -> None:
        INTAKE_GROUP.observe(len(group))
        parts = deque([group])
        failed: dict[str, BaseException] = {}
        while parts:
            part = _without_failed(parts.popleft(), failed)
            if not part:
                continue
            try:
                results = await self._store(part)
            except asyncio.CancelledError:
                for member in [*part, *(m for rest in parts for m in rest)]:
                    member.answer.cancel()
                raise
            except Exception as error:
                if len(part) == 1 or is_transient(error):
                    _fail(part, error, failed)
                else:
                    middle = len(part) // 2
                    parts.extendleft((part[middle:], part[:middle]))
            else:
                for member, result in zip(part, results, strict=True):
                    if not member.answer.done():
                        member.answer.set_result(result)

    async def _store(self, part: Sequence[_Member[I, R]]) -> Sequence[R]:
        async with self._unit.begin() as (session, outbox, now):
            items = [member.item for member in part]
            results = await self._handle(session, outbox, items, now)
            # Inside of the transaction: nobody may be left without an answer once it is committed.
            if len(results) != len(part):
                raise ValueError(f"{len(results)} results for {len(part)} items")
            return results


def _without_failed(
    part: list[_Member[I, R]], failed: dict[str, BaseException]
) -> list[_Member[I, R]]:
    """Fails the members whose session failed before, and returns the others."""
    kept = []
    for member in part:
        if member.session is not None and member.session in failed:
            _set_error(member, failed[member.session])
        else:
            kept.append(member)
    return kept


def _fail(
    part: Sequence[_Member[I, R]], error: BaseException, failed: dict[str, BaseException]
) -> None:
    for member in part:
        _set_error(member, error)
        if member.session is not None:
            failed[member.session] = error


def _set_error(member: _Member[I, R], error: BaseException) -> None:
    if not member.answer.done():
        member.answer.set_exception(error)
