"""Group commit: many requests, one transaction; a bad one harms no other; answers after COMMIT."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.messaging import Intake, Outbox, UnitOfWork
from shared.messaging.intake import MOST_BYTES, MOST_REQUESTS
from shared.storage import Session


class Ledger:
    """An intake's use case: one row an item; "bad…" raises, "away" is a server that shuts down."""

    def __init__(self, unit: UnitOfWork) -> None:
        self.groups: list[list[str]] = []
        self.intake = Intake(unit, self.store)
        self._unit = unit

    async def store(
        self, session: Session, _: Outbox, items: Sequence[str], now: datetime
    ) -> Sequence[str]:
        self.groups.append(list(items))
        await session.execute(text("CREATE TABLE IF NOT EXISTS ledger (item text)"))
        for item in items:
            await session.execute(text("INSERT INTO ledger VALUES (:item)"), {"item": item})
        if any(item.startswith("bad") for item in items):
            raise ValueError("a bad one")
        if "away" in items:
            await session.execute(text("DO $$ BEGIN RAISE 'bye' USING ERRCODE = '57P01'; END $$"))
        return [item.upper() for item in items]

    async def stored(self) -> list[str]:
        async with self._unit.database.reading() as session:
            return list((await session.execute(text("SELECT item FROM ledger"))).scalars())

    async def submit(self, *items: str, size: int = 0, session: str | None = None) -> list[object]:
        """Submits all at once; results and exceptions in the order of the items."""
        given = (self.intake.submit(item, size, session) for item in items)
        return list(await asyncio.gather(*given, return_exceptions=True))


@pytest.fixture
def ledger(unit: UnitOfWork) -> Ledger:
    return Ledger(unit)


async def test_requests_that_come_together_share_a_transaction_and_get_their_own_answers(
    ledger: Ledger,
) -> None:
    assert await ledger.submit("a", "b", "c") == ["A", "B", "C"]
    assert ledger.groups == [["a", "b", "c"]]
    assert await ledger.stored() == ["a", "b", "c"]


async def test_a_group_holds_at_most_200_requests_in_the_order_of_their_arrival(
    ledger: Ledger,
) -> None:
    items = [str(n) for n in range(450)]
    assert await ledger.submit(*items) == items
    assert [len(group) for group in ledger.groups] == [MOST_REQUESTS, MOST_REQUESTS, 50]
    assert await ledger.stored() == items


async def test_a_group_holds_at_most_8_megabytes(ledger: Ledger) -> None:
    await ledger.submit(*"abcde", size=MOST_BYTES // 2)
    assert ledger.groups == [["a", "b"], ["c", "d"], ["e"]]


async def test_a_single_request_larger_than_a_group_is_stored_alone(ledger: Ledger) -> None:
    assert await ledger.submit("a", "b", size=2 * MOST_BYTES) == ["A", "B"]
    assert ledger.groups == [["a"], ["b"]]


async def test_a_bad_request_fails_alone(ledger: Ledger) -> None:
    answers = await ledger.submit("a", "b", "bad", "c", "d")
    assert [answer for answer in answers if isinstance(answer, str)] == ["A", "B", "C", "D"]
    assert isinstance(answers[2], ValueError)
    assert sorted(await ledger.stored()) == ["a", "b", "c", "d"]


async def test_later_requests_of_a_session_fail_with_the_one_that_failed(ledger: Ledger) -> None:
    mine = ledger.submit("a", "bad", "c", session="one")
    others = ledger.submit("x", "y", session="two")
    (a, bad, c), (x, y) = await asyncio.gather(mine, others)
    assert (a, x, y) == ("A", "X", "Y")
    assert bad is c
    assert isinstance(bad, ValueError)
    assert sorted(await ledger.stored()) == ["a", "x", "y"]


async def test_a_session_that_failed_in_one_group_may_go_on_in_the_next(ledger: Ledger) -> None:
    await ledger.submit("bad", session="one")
    assert await ledger.submit("a", session="one") == ["A"]


async def test_a_database_that_is_away_fails_the_whole_group_at_once(ledger: Ledger) -> None:
    await ledger.submit("before")
    answers = await ledger.submit("a", "away", "b")
    assert all(isinstance(answer, DBAPIError) for answer in answers)
    assert len(ledger.groups) == 2
    assert await ledger.stored() == ["before"]
    assert await ledger.submit("after") == ["AFTER"]


async def test_a_client_that_has_gone_hinders_nobody(ledger: Ledger) -> None:
    gone = asyncio.create_task(ledger.intake.submit("gone"))
    stays = asyncio.create_task(ledger.intake.submit("stays"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "STAYS"
    assert await ledger.submit("next") == ["NEXT"]


async def test_a_use_case_with_too_few_answers_stores_nothing_and_leaves_nobody_waiting(
    unit: UnitOfWork,
) -> None:
    async def forgetful(
        session: Session, _: Outbox, items: Sequence[str], now: datetime
    ) -> Sequence[str]:
        await session.execute(text("CREATE TABLE IF NOT EXISTS ledger (item text)"))
        return list(items)[:-1]

    intake = Intake(unit, forgetful)
    async with asyncio.timeout(10):
        given = (intake.submit(item) for item in "ab")
        answers = await asyncio.gather(*given, return_exceptions=True)
    assert all(isinstance(answer, Exception) for answer in answers)
