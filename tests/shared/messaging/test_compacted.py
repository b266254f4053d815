"""Compacted topics: the highest sequence stays, and an owner notices a regression."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Event
from shared.contracts.tenants import TenantChanged
from shared.messaging import Compacted, Outbox, Received, UnitOfWork, compacted_consumer, new_id
from shared.messaging.compacted import _below
from shared.storage import Session

TOPIC = "support.tenants.v1"
AT = datetime(2026, 3, 2, tzinfo=UTC)


def tenant(slug: str, sequence: int, name: str = "") -> Received[Any]:
    data = TenantChanged(
        slug=slug, name=name or f"{slug} {sequence}", status="active", changed_at=AT
    )
    event = Event(
        id=str(new_id()), type=TenantChanged.TYPE, source="/deskstream/router", subject=slug,
        time=AT, tenant=slug, data=data, sequence=sequence, partitionkey=slug,
    )  # fmt: skip
    return Received(new_id(), event, data, AT)


class Owner:
    """Collects what its regression hook is given."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self.regressed: list[tuple[str, int]] = []
        self.consumer = compacted_consumer("router", TOPIC, TenantChanged, self._note)

    async def _note(
        self, _: Session, __: Outbox, late: Sequence[Received[Any]], ___: datetime
    ) -> None:
        self.regressed += [(event.event.subject, event.sequence) for event in late]

    async def read(self, *received: Received[Any]) -> None:
        async with self._unit.begin() as (session, outbox, now):
            await self.consumer.handle(session, outbox, received, now)

    async def names(self) -> dict[str, str]:
        async with self._unit.database.reading() as session:
            found = {slug: await Compacted(session).get(TOPIC, slug) for slug in ("a", "b")}
        return {slug: state["name"] for slug, state in found.items() if state}


async def test_the_highest_sequence_of_each_key_stays(unit: UnitOfWork) -> None:
    owner = Owner(unit)
    await owner.read(tenant("a", 1), tenant("b", 1), tenant("a", 3), tenant("a", 2))
    assert await owner.names() == {"a": "a 3", "b": "b 1"}
    await owner.read(tenant("a", 2), tenant("b", 2))
    assert await owner.names() == {"a": "a 3", "b": "b 2"}


async def test_a_copy_of_the_present_state_changes_nothing(unit: UnitOfWork) -> None:
    owner = Owner(unit)
    await owner.read(tenant("a", 2, "first"))
    await owner.read(tenant("a", 2, "again"))
    assert await owner.names() == {"a": "first"}
    assert owner.regressed == []


async def test_an_owner_is_told_of_sequences_below_one_read_before(unit: UnitOfWork) -> None:
    owner = Owner(unit)
    await owner.read(tenant("a", 5), tenant("b", 1))
    assert owner.regressed == []
    await owner.read(tenant("a", 4), tenant("b", 2), tenant("a", 6), tenant("a", 5))
    assert owner.regressed == [("a", 4), ("a", 5)]


async def test_a_raised_epoch_outranks_every_version(unit: UnitOfWork) -> None:
    owner = Owner(unit)
    await owner.read(tenant("a", (1 << 40) + 900), tenant("a", 2 << 40))
    assert await owner.names() == {"a": f"a {2 << 40}"}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 6)), max_size=30))
def test_late_is_what_comes_after_a_higher_one_of_its_key(events: list[tuple[str, int]]) -> None:
    received = [tenant(slug, sequence) for slug, sequence in events]
    late = {id(event) for event in _below({}, received)}
    for place, (slug, sequence) in enumerate(events):
        before = [s for k, s in events[:place] if k == slug]
        assert (id(received[place]) in late) == any(s > sequence for s in before)
