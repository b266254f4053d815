"""When a timer looks for what is due, and when it asks how long it may sleep."""

import asyncio
from datetime import datetime

import pytest

from shared.messaging import Outbox, Timer, UnitOfWork, run_timer
from shared.storage import ReadSession, Session


class Asleep(BaseException):
    """The timer has asked how long it may sleep for the second time."""


@pytest.mark.parametrize(
    ("again", "expected"),
    [(False, ["3", "asks", "2", "asks"]), (True, ["3", "2", "0", "asks", "0", "asks"])],
)
async def test_a_timer_that_looks_again_asks_when_to_come_back_only_once_nothing_is_due(
    unit: UnitOfWork, again: bool, expected: list[str]
) -> None:
    due, heard = [3, 2], []

    async def fire(_session: Session, _outbox: Outbox, now: datetime, _limit: int) -> int:
        heard.append(str(due[0] if due else 0))
        return due.pop(0) if due else 0

    async def next_due(_session: ReadSession) -> datetime | None:
        heard.append("asks")
        if heard.count("asks") == 2:
            raise Asleep
        return datetime.now().astimezone()

    with pytest.raises(Asleep):
        async with asyncio.timeout(10):
            await run_timer(unit, Timer("test", fire, next_due, limit=10, again=again))
    assert heard == expected
