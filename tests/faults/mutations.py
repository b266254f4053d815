"""Guards of the engine, each switched off: an experiment that stays green then proves nothing."""

import os
import random
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import pytest

from shared.messaging import Consumption, Outbox, OutboxConnection, inbox
from shared.messaging.ids import SHARDS
from shared.messaging.placement import Placement
from shared.storage import Session


def switch_off(name: str, patch: pytest.MonkeyPatch) -> None:
    """Switches one guard off until the test is over."""
    _MUTATIONS[name](patch)


def switch_off_for_good(names: str) -> None:
    """Switches off the guards named, separated by commas, in this process."""
    for name in filter(None, names.split(",")):
        switch_off(name, pytest.MonkeyPatch())


async def kill_coordinator(consumption: Consumption) -> None:
    """Lets aiokafka's coordinator task die the next time that the group is joined."""
    for reader in consumption.readers:

        async def fails(*_: Any, **__: Any) -> None:
            raise TypeError("injected")

        assert reader.assignment.client is not None
        reader.assignment.client._coordinator._on_join_complete = fails
        reader.assignment.client._coordinator.request_rejoin()


def _without_inbox(patch: pytest.MonkeyPatch) -> None:
    async def claim(session: Session, consumer: str, ids: Collection[UUID]) -> set[UUID]:
        return set(ids)

    # Copies within one batch are found before: the experiment sends them in other batches.
    patch.setattr(inbox, "claim", claim)


def _without_sorted_claim(patch: pytest.MonkeyPatch) -> None:
    chance = random.Random(os.getpid())

    def shuffled(given: Iterable[UUID]) -> list[UUID]:
        return chance.sample(list(given), len(list(given)))

    patch.setattr(inbox, "sorted", shuffled, raising=False)


def _without_key_locks(patch: pytest.MonkeyPatch) -> None:
    class Unlocked(set[int]):
        def add(self, _: int) -> None:
            return None

    begin = Outbox.__init__

    def begun(self: Outbox, **given: Any) -> None:
        begin(self, **given)
        self._keys = Unlocked()

    patch.setattr(Outbox, "__init__", begun)


def _without_shard_lock(patch: pytest.MonkeyPatch) -> None:
    async def take_shards(self: OutboxConnection) -> set[int]:
        self.shards = set(range(SHARDS))
        return self.shards

    patch.setattr(OutboxConnection, "take_shards", take_shards)


def _without_epoch(patch: pytest.MonkeyPatch) -> None:
    async def replaced(*_: Any) -> set[Any]:
        return set()

    patch.setattr(Placement, "_replaced", replaced)


_MUTATIONS = {
    "inbox": _without_inbox,
    "sorted": _without_sorted_claim,
    "key-locks": _without_key_locks,
    "shard-lock": _without_shard_lock,
    "epoch": _without_epoch,
}
