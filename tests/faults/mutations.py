"""Guards of the engine, each switched off: an experiment that stays green then proves nothing."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from shared.messaging import Consumption, inbox, outbox, outbox_rows, placement
from shared.storage import Session


def apply_named(name: str) -> None:
    """Switches one guard off, in this process and for good."""
    _MUTATIONS[name]()


def apply_all(names: str) -> None:
    """Switches off the guards named, separated by commas."""
    for name in filter(None, names.split(",")):
        apply_named(name)


async def kill_coordinator(consumption: Consumption) -> None:
    """Lets aiokafka's coordinator task die the next time that the group is joined."""
    for reader in consumption.readers:

        async def fails(*_: Any, **__: Any) -> None:
            raise TypeError("injected")

        assert reader.client is not None
        reader.client._coordinator._on_join_complete = fails
        reader.client._coordinator.request_rejoin()


def _without_inbox() -> None:
    async def claim(session: Session, consumer: str, ids: Collection[UUID]) -> set[UUID]:
        return set(ids)

    inbox.claim = claim


def _without_sorted_claim() -> None:
    sort = sorted

    def unsorted(given: Any, **options: Any) -> list[Any]:
        listed = sort(given, **options)
        import os
        import random

        random.Random(os.getpid()).shuffle(listed)
        return listed

    inbox.sorted = unsorted  # type: ignore[attr-defined]


def _without_key_locks() -> None:
    class Unlocked(set[int]):
        def add(self, _: int) -> None:
            return None

    begin = outbox.Outbox.__init__

    def begun(self: outbox.Outbox, **given: Any) -> None:
        begin(self, **given)
        self._keys = Unlocked()

    outbox.Outbox.__init__ = begun  # type: ignore[method-assign]


def _without_shard_lock() -> None:
    async def take_shards(self: outbox_rows.OutboxConnection) -> set[int]:
        self.shards = set(range(outbox.SHARDS))
        return self.shards

    outbox_rows.OutboxConnection.take_shards = take_shards  # type: ignore[method-assign]


def _without_epoch() -> None:
    async def replaced(*_: Any) -> set[Any]:
        return set()

    placement.Placement._replaced = replaced  # type: ignore[method-assign]


_MUTATIONS = {
    "inbox": _without_inbox,
    "sorted": _without_sorted_claim,
    "key-locks": _without_key_locks,
    "shard-lock": _without_shard_lock,
    "epoch": _without_epoch,
}
