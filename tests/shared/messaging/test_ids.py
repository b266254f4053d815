"""Ids: a step that is done again yields the same ones, and they lie in the order of their time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.ids import (
    SHARDS,
    derived_id,
    inbound_ids,
    key_hash,
    new_id,
    sequence,
    time_of,
    timer_id,
)

ids = st.uuids()
kinds = st.text(min_size=1, max_size=40)
texts = st.text(max_size=40)
moments = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
milliseconds = st.integers(min_value=0, max_value=2**42)


@given(cause=ids, kind=kinds, index=st.integers(min_value=0, max_value=1000))
def test_the_same_step_yields_the_same_id(cause: UUID, kind: str, index: int) -> None:
    assert derived_id(cause, kind, index) == derived_id(cause, kind, index)


@given(cause=ids, kind=kinds, index=st.integers(min_value=0, max_value=1000))
def test_another_kind_or_index_or_cause_yields_another_id(
    cause: UUID, kind: str, index: int
) -> None:
    uid = derived_id(cause, kind, index)
    assert uid != derived_id(cause, kind, index + 1)
    assert uid != derived_id(cause, kind + "x", index)
    assert uid != derived_id(derived_id(cause, "other"), kind, index)


@given(cause=ids, kind=kinds)
def test_a_derived_id_is_a_uuid_of_version_8_with_the_time_of_its_cause(
    cause: UUID, kind: str
) -> None:
    uid = derived_id(cause, kind)
    assert uid.version == 8
    assert uid.variant == "specified in RFC 4122"
    assert uid.int >> 80 == cause.int >> 80


@given(at=moments, later=st.timedeltas(min_value=timedelta(milliseconds=1),
       max_value=timedelta(days=36500)), parts=st.lists(kinds, min_size=1, max_size=3))  # fmt: skip
def test_ids_of_timers_lie_in_the_order_of_their_due_instants(
    at: datetime, later: timedelta, parts: list[str]
) -> None:
    assert timer_id(at, *parts) < timer_id(at + later, *parts)
    assert timer_id(at, *parts) == timer_id(at, *parts)
    assert abs(time_of(timer_id(at, *parts)) - at) < timedelta(milliseconds=1)


@given(at=moments, tenant=texts, source=texts, name=texts, again=moments)
def test_an_event_from_outside_is_claimed_by_its_name_whenever_it_is_sent_again(
    at: datetime, tenant: str, source: str, name: str, again: datetime
) -> None:
    (uid, claim), (uid_again, claim_again) = (
        inbound_ids(moment, tenant, source, name) for moment in (at, again)
    )
    assert claim == claim_again
    assert uid.version == claim.version == 8
    assert (uid == uid_again) == (uid.int >> 80 == uid_again.int >> 80)


@given(tenant=texts, source=texts, name=texts, other=texts)
def test_two_events_from_outside_share_a_claim_only_if_all_of_their_names_are_the_same(
    tenant: str, source: str, name: str, other: str
) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    _, claim = inbound_ids(at, tenant, source, name)
    assert (claim == inbound_ids(at, tenant, source, other)[1]) == (name == other)
    assert (claim == inbound_ids(at, other, source, name)[1]) == (tenant == other)


@given(stamp=milliseconds)
def test_kafkas_milliseconds_survive_the_way_through_a_datetime(stamp: int) -> None:
    """A parked record that is retried years later must get the id that a replay would give it."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=stamp)
    assert timer_id(at, "x").int >> 80 == stamp
    assert inbound_ids(at, "t", "s", "n")[0].int >> 80 == stamp


def test_new_ids_are_of_version_7_and_ascend() -> None:
    made = [new_id() for _ in range(1000)]
    assert {uid.version for uid in made} == {7}
    assert made == sorted(made)
    assert len(set(made)) == 1000


@given(version=st.integers(min_value=1, max_value=2**40 - 1), epoch=st.integers(1, 2**20))
def test_a_raised_epoch_outranks_every_version_before_it(version: int, epoch: int) -> None:
    assert sequence(version, epoch) < sequence(1, epoch + 1)
    assert sequence(version, epoch) < 2**63


def test_the_hash_of_a_key_is_javas() -> None:
    """Murmur2 of Kafka's own test, UtilsTest.testMurmur2, made positive."""
    known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536,
             b"a-little-bit-longer-string": -1486304829,
             b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971}  # fmt: skip
    for key, number in known.items():
        assert key_hash(key) == number & 0x7FFFFFFF


@given(key=st.binary(max_size=100))
def test_a_key_is_always_in_the_same_shard(key: bytes) -> None:
    assert 0 <= key_hash(key) % SHARDS < SHARDS
    assert key_hash(key) == key_hash(key)
