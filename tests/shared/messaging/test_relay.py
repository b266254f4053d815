"""When the relay rests: only once nothing is left to publish."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import cast

import pytest

from shared.messaging.outbox_rows import OutboxConnection
from shared.messaging.producer import OutboxRow, Producer
from shared.messaging.relay import Relay, _Publishing

FIT = 2
"""Rows of one partition that fit a batch here."""


class Outbox:
    """Rows in memory; a page leaves out the partitions that are busy."""

    def __init__(self, rows: list[OutboxRow]) -> None:
        self.rows = rows

    async def take_shards(self) -> set[int]:
        return {0}

    async def page(self, limit: int, busy: Sequence[tuple[str, int, int]] = ()) -> list[OutboxRow]:
        away = {(topic, partition) for topic, _, partition in busy}
        return [row for row in self.rows if (row.topic, row.key_hash % 2) not in away][:limit]

    async def delete(self, ids: Sequence[int]) -> None:
        self.rows = [row for row in self.rows if row.id not in ids]


class Broker:
    """Two partitions; the second answers late, once."""

    def __init__(self, slow: float) -> None:
        self.slow = slow
        self.sent: list[int] = []

    async def partitions(self, topic: str) -> int:
        return 2

    async def send(self, partition: int, rows: Sequence[OutboxRow]) -> int:
        if partition == 1:
            wait, self.slow = self.slow, 0.0
            await asyncio.sleep(wait)
        self.sent += [row.id for row in rows[:FIT]]
        return len(rows[:FIT])


class Rests(Exception):
    """The relay has nothing to do."""


class Resting(Relay):
    """One whose first rest ends it."""

    def __init__(self) -> None:
        self._woken, self._others_until = True, 0.0

    async def idle(self) -> None:
        raise Rests


def row(number: int, key: int) -> OutboxRow:
    return OutboxRow(number, "support.tickets.v1", b"k", key, "[]", b"{}")


@pytest.mark.parametrize("slow", [0.0, 0.25])
async def test_the_relay_rests_only_when_all_is_published_however_few_rows_fit_a_batch(
    slow: float,
) -> None:
    outbox = Outbox([row(number, key=number % 2) for number in range(11)])
    broker = Broker(slow)
    publishing = _Publishing(
        cast(OutboxConnection, outbox), cast(Producer, broker), page=500, singly=Counter()
    )
    with pytest.raises(Rests):
        await publishing.run(Resting())
    assert outbox.rows == []
    assert sorted(broker.sent) == list(range(11))
