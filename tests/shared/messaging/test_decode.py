"""Decoding: whatever the bytes are, a record is an event, is skipped, or says what is wrong."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.inbound import InboundChatMessageSent
from shared.messaging import Consumer
from shared.messaging.decode import Decoded, Record, decode, record_hash
from shared.messaging.park import pack_headers, unpack_headers
from shared.testing.records import Sample, broken_ways, chat, with_header


async def nothing(*_: object) -> None:
    """The use case of a consumer that is only asked to decode."""


CONSUMER = Consumer("support.ingest.test", ("in",), (InboundChatMessageSent,), nothing)
INBOUND = "support.inbound.chat.v1"
STAMP = 1_772_443_800_123

header_values = st.none() | st.binary(max_size=60)
names = st.sampled_from(
    ["ce_id", "ce_type", "ce_source", "ce_time", "ce_tenant", "ce_specversion", "ce_subject",
     "ce_hops", "ce_sequence", "content-type", "traceparent", "other"]
)  # fmt: skip
headers = st.lists(st.tuples(names, header_values), max_size=12)


def record(sample: Sample, *, topic: str = INBOUND, timestamp: int = STAMP) -> Record:
    return Record(topic, 0, 7, timestamp, sample.key, sample.value, list(sample.headers))


def decoded(sample: Sample, **given_fields: object) -> Decoded:
    (item,) = decode(CONSUMER, [record(sample, **given_fields)])  # type: ignore[arg-type]
    return item


@given(
    key=st.none() | st.binary(max_size=50),
    value=st.none() | st.binary(max_size=200),
    headers=headers,
    timestamp=st.integers(min_value=-(2**63), max_value=2**63 - 1),
    topic=st.sampled_from([INBOUND, "support.tickets.v1"]),
)
def test_decoding_never_raises_whatever_the_bytes_are(
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
    timestamp: int,
    topic: str,
) -> None:
    given_record = Record(topic, 0, 0, timestamp, key, value, headers)
    (item,) = decode(CONSUMER, [given_record])
    assert (item.received is None) == (item.claim is None)
    assert item.reason is None or item.received is None
    record_hash(given_record)
    assert unpack_headers(json.loads(json.dumps(pack_headers(headers)))) == list(headers)


@given(headers=headers, timestamp=st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_a_good_event_with_strange_headers_and_times_never_raises(
    headers: Sequence[tuple[str, bytes | None]], timestamp: int
) -> None:
    sample = chat("s", 1, tenant="demo")
    strange = Sample(sample.key, sample.value, [*sample.headers, *headers])
    decoded(strange, timestamp=timestamp)


@given(timestamp=st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_a_good_event_is_read_whatever_kafkas_timestamp_is(timestamp: int) -> None:
    assert decoded(chat("s", 1, tenant="demo"), timestamp=timestamp).received is not None


@pytest.mark.parametrize("way", sorted(broken_ways("s", tenant="demo")))
def test_every_way_of_being_broken_has_its_reason(way: str) -> None:
    sample = broken_ways("s", tenant="demo")[way]
    item = decoded(sample)
    assert (item.received, item.reason) == (None, sample.expected)


def test_half_a_character_in_a_structured_event_is_refused() -> None:
    """PostgreSQL and Kafka hold no lone surrogates: such an event must be set aside."""
    attributes = {"specversion": "1.0", "id": "\ud800", "type": InboundChatMessageSent.TYPE,
                  "source": "/channels/web", "subject": "s", "tenant": "demo",
                  "time": "2026-03-02T09:30:00Z", "data": {}}  # fmt: skip
    structured = Sample(
        b"s", json.dumps(attributes).encode(), [("content-type", b"application/cloudevents+json")]
    )
    item = decoded(structured)
    assert item.reason is not None
    (item.event_id or "").encode()
    item.detail.encode()


def test_an_event_from_outside_gets_an_id_of_its_time_and_name() -> None:
    item = decoded(chat("s", 1, tenant="demo"))
    assert item.received is not None
    assert item.received.uid.int >> 80 == STAMP
    assert item.received.at == datetime.fromtimestamp(STAMP / 1000, UTC)
    copy = decoded(chat("s", 1, tenant="demo"), timestamp=STAMP + 5000)
    assert copy.claim == item.claim
    assert copy.received is not None
    assert copy.received.uid != item.received.uid


def test_an_event_of_the_suite_keeps_its_own_id_which_must_be_a_uuid() -> None:
    uid = UUID("0195f6a0-0000-8000-8000-000000000001")
    sample = with_header(chat("s", 1, tenant="demo"), "ce_id", str(uid).encode(), "applied")
    item = decoded(sample, topic="support.tickets.v1")
    assert item.received is not None
    assert item.received.uid == item.claim == uid
    named = decoded(chat("s", 1, tenant="demo"), topic="support.tickets.v1")
    assert named.reason == "invalid-attribute"


def test_a_known_type_that_is_not_wanted_is_skipped_unread() -> None:
    sample = with_header(
        chat("s", 1, tenant="demo"), "ce_type", b"support.ticket.opened.v1", "applied"
    )
    item = decoded(Sample(sample.key, b"never looked at", sample.headers))
    assert (item.received, item.reason, item.claim) == (None, None, None)


def test_of_the_wanted_types_a_consumer_may_skip_what_it_does_not_want() -> None:
    choosy = Consumer(
        "support.ingest.test", ("in",), (InboundChatMessageSent,), nothing,
        only=lambda said: said.message_id == "s-2",
    )  # fmt: skip
    given_records = [record(chat("s", number, tenant="demo")) for number in (1, 2)]
    broken = record(broken_ways("s", tenant="demo")["bad JSON"])
    first, second, third = decode(choosy, [*given_records, broken])
    assert (first.received, first.reason, first.claim) == (None, None, None)
    assert second.received is not None
    assert third.reason is not None


def test_the_hash_of_a_record_tells_logs_apart() -> None:
    sample = chat("s", 1, tenant="demo")
    plain = record(sample)
    assert record_hash(plain) == record_hash(record(sample))
    others = [
        record(sample, timestamp=STAMP + 1),
        record(chat("s", 2, tenant="demo")),
        record(Sample(b"other", sample.value, sample.headers)),
        record(Sample(None, sample.value, sample.headers)),
        record(Sample(b"", sample.value, sample.headers)),
        record(Sample(sample.key, None, sample.headers)),
        record(Sample(sample.key, sample.value, [*sample.headers, ("more", None)])),
        record(Sample(sample.key, sample.value, [*sample.headers, ("more", b"")])),
    ]
    assert len({record_hash(one) for one in [plain, *others]}) == 9
