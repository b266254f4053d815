"""Whatever bytes come in, a record is an event or an InvalidEvent that says why not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.contracts.envelope import (
    MAX_VALUE_BYTES,
    Event,
    InvalidEvent,
    from_record,
    to_headers,
    to_structured,
    to_value,
)
from shared.contracts.inbound import InboundChatMessageSent

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SENT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
CHAT = InboundChatMessageSent(session_id="s-1", message_id="1", text="こんにちは", sent_at=SENT)
EVENT = Event(
    id="s-1:1",
    type=CHAT.TYPE,
    source="/channels/chat-demo",
    subject="s-1",
    time=SENT,
    tenant="demo",
    data=CHAT,
    sequence=(1 << 40) + 7,
    partitionkey="s-1",
    causationid="0192f1b5-0001-8d10-9b20-c0ffee000001",
    hops=3,
    traceparent=TRACE,
)
STRUCTURED = [("content-type", b"application/cloudevents+json")]


def headers(**changed: bytes | None) -> list[tuple[str, bytes | None]]:
    """The event's headers with some attributes replaced."""
    return list({**dict(to_headers(EVENT)), **{f"ce_{k}": v for k, v in changed.items()}}.items())


def refusal(heads: Any = None, value: bytes | None = to_value(CHAT)) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as caught:
        from_record(b"s-1", headers() if heads is None else heads, value)
    return caught.value


def structured(**changed: object) -> bytes:
    document = json.loads(to_structured(EVENT)) | changed
    return json.dumps(document).encode()


def without(name: str) -> list[tuple[str, bytes | None]]:
    return [header for header in headers() if header[0] != f"ce_{name}"]


def test_an_event_is_read_as_it_was_written_in_both_modes() -> None:
    read = from_record(b"s-1", to_headers(EVENT), to_value(CHAT))
    assert read.data == CHAT
    assert read.dataschema == f"urn:deskstream:schema:{CHAT.TYPE}"
    assert from_record(b"s-1", STRUCTURED, to_structured(EVENT)) == read


def test_the_headers_are_those_of_cloudevents_in_binary_mode() -> None:
    written = dict(to_headers(EVENT))
    assert written["content-type"] == b"application/json"
    assert written["ce_specversion"] == b"1.0"
    assert written["ce_time"] == b"2026-11-02T08:00:00Z"
    assert written["ce_sequence"] == b"1099511627783"
    assert {name for name, _ in to_headers(EVENT)} - {"content-type"} == {
        f"ce_{name}"
        for name in (
            *("specversion", "id", "type", "source", "subject", "time", "dataschema"),
            *("tenant", "sequence", "partitionkey", "causationid", "hops", "traceparent"),
        )
    }


@pytest.mark.parametrize("name", ["id", "type", "source", "subject", "time", "tenant"])
def test_a_missing_or_empty_attribute_is_named(name: str) -> None:
    for heads in (without(name), headers(**{name: b""})):
        found = refusal(heads)
        assert (found.reason, found.detail) == ("missing-attribute", f"{name} is missing")
    assert refusal(STRUCTURED, structured(**{name: None})).reason == "missing-attribute"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", b"0.3"),
        ("id", b"x" * 201),
        ("source", b"x" * 501),
        ("subject", b"x" * 2001),
        ("tenant", b"Demo"),
        ("tenant", b"demo\n"),
        ("tenant", b"x" * 41),
        ("time", b"2026-11-02T08:00:00"),
        ("time", b"2026-13-02T08:00:00Z"),
        ("time", b"0001-01-01T00:00:00+14:00"),
        ("time", b"9999-12-31T23:59:59-14:00"),
        ("time", b"1762070400"),
        ("time", "２０２６-11-02T08:00:00Z".encode()),
        ("sequence", b"-1"),
        ("sequence", b"9223372036854775808"),
        ("sequence", b"9" * 5000),
        ("sequence", "٣".encode()),
        ("sequence", b"1.0"),
        ("hops", b"1001"),
        ("hops", b"many"),
        ("causationid", b"x" * 201),
        ("partitionkey", b"x" * 2001),
        ("dataschema", b"x" * 501),
    ],
)
def test_an_attribute_out_of_bounds_is_named(name: str, value: bytes) -> None:
    found = refusal(headers(**{name: value}))
    assert found.reason == "invalid-attribute"
    assert found.detail.startswith(name)


@pytest.mark.parametrize("value", [None, b"\xff", b"\xed\xa0\x80"])
@pytest.mark.parametrize("name", ["ce_id", "ce_anything", "content-type", "traceparent"])
def test_a_null_or_undecodable_header_of_ours_is_refused(name: str, value: bytes | None) -> None:
    found = refusal([*headers(), (name, value)])
    assert found.reason == "invalid-header"
    assert name in found.detail


def test_headers_of_others_may_hold_anything() -> None:
    others = [("__schema", b"\xff\x00"), ("x-null", None), ("CE_ID", b"\xff")]
    assert from_record(None, [*others, *headers()], to_value(CHAT)).data == CHAT


def test_a_malformed_traceparent_is_ignored() -> None:
    for trace in (b"nonsense", b"", TRACE.upper().encode(), b"\x00"):
        assert from_record(None, headers(traceparent=trace), to_value(CHAT)).traceparent is None


def test_a_traceparent_without_prefix_counts_where_there_is_none_with_it() -> None:
    plain = [*without("traceparent"), ("traceparent", TRACE.encode())]
    assert from_record(None, plain, to_value(CHAT)).traceparent == TRACE


@pytest.mark.parametrize(
    "value", [b"", b"{", b"\xff", b"nul", b'{"text": "\\ud800"}', b"[" * 100_000, b"\xef\xbb\xbf{}"]
)
def test_what_is_no_json_is_refused(value: bytes) -> None:
    assert refusal(value=value).reason == "not-json"
    assert refusal(STRUCTURED, value).reason == "not-json"


def test_no_value_and_no_data_are_refused() -> None:
    assert refusal(value=None).reason == "null-value"
    assert refusal(STRUCTURED, structured(data=None)).reason == "null-value"


def test_a_value_over_the_limit_is_refused_unread() -> None:
    assert refusal([("ce_id", None)], b"x" * (MAX_VALUE_BYTES + 1)).reason == "too-large"


def test_other_media_types_are_refused() -> None:
    assert (
        refusal([*headers(), ("content-type", b"application/avro")]).reason == "invalid-attribute"
    )
    assert refusal(STRUCTURED, structured(datacontenttype="text/xml")).reason == "invalid-attribute"


def test_an_unknown_type_is_told_apart_and_says_who_sent_it() -> None:
    for found in (
        refusal(headers(type=b"support.chat.exploded.v9"), b"\xff"),
        refusal(STRUCTURED, structured(type="support.chat.exploded.v9")),
    ):
        assert found.reason == "unknown-type"
        assert (found.id, found.source) == ("s-1:1", "/channels/chat-demo")
        assert found.type == "support.chat.exploded.v9"


def test_what_does_not_fit_the_schema_is_refused_with_the_place_and_without_the_content() -> None:
    found = refusal(value=to_value(CHAT).replace(b'"sent_at":"2026', b'"sent_at":"secret'))
    assert found.reason == "wrong-schema"
    assert found.detail.startswith("data/sent_at: ")
    assert "secret" not in str(found)


def test_what_is_said_of_a_refused_event_can_be_stored() -> None:
    assert "\0" not in refusal([("ce_\0", None)]).detail
    assert "\0" not in (refusal(headers(id=b"a\0b", tenant=b"?")).id or "")


def test_what_is_known_of_a_refused_event_is_cut() -> None:
    found = refusal(headers(id=b"i" * 10_000, source=b"s" * 10_000, type=b"t" * 10_000))
    assert [len(text or "") for text in (found.id, found.source, found.type)] == [200, 500, 200]


def test_a_known_type_that_is_not_wanted_is_not_parsed() -> None:
    skipped = from_record(b"s-1", headers(), b"\xff no json", wanted=frozenset({"other"}))
    assert skipped.data is None
    assert skipped.id == EVENT.id
    wanted = frozenset({CHAT.TYPE})
    assert from_record(b"s-1", headers(), to_value(CHAT), wanted=wanted).data == CHAT


def test_the_key_stands_in_for_a_missing_partition_key() -> None:
    for key, expected in ((b"s-1", "s-1"), (None, None), (b"\xff", None)):
        read = from_record(key, without("partitionkey"), to_value(CHAT))
        assert read.partitionkey == expected


def test_structured_mode_may_write_numbers_as_numbers() -> None:
    event = from_record(None, STRUCTURED, structured(sequence=12, hops=4))
    assert (event.sequence, event.hops) == (12, 4)
    assert refusal(STRUCTURED, structured(hops=True)).reason == "invalid-attribute"
    assert refusal(STRUCTURED, structured(hops=[1])).reason == "invalid-attribute"


@pytest.mark.parametrize("value", [True, 7, "text"])
def test_an_attribute_of_others_may_be_whatever_cloudevents_lets_it_be(value: object) -> None:
    assert from_record(None, STRUCTURED, structured(sampled=value)).id == EVENT.id


def test_fields_of_a_later_version_are_ignored() -> None:
    value = to_value(CHAT)[:-1] + b', "added_later": {"deep": [1]}}'
    assert from_record(None, headers(later=b"1"), value).data == CHAT


def test_no_nul_survives_in_any_text() -> None:
    value = to_value(CHAT).replace(b'"s-1"', b'"s\\u0000-1"').replace(b'"1"', b'"\\u00001"')
    for event in (
        from_record(None, headers(id=b"s-1\x00:1", subject=b"s-1\x00"), value),
        from_record(None, STRUCTURED, structured(id="s-1\0:1", data=json.loads(value))),
    ):
        assert (event.id, event.subject, event.data) == ("s-1:1", "s-1", CHAT)


# A text that looks like the escape of a NUL must come through as it is.
@settings(deadline=None)
@given(st.text(max_size=200))
@example("\0")
@example("\\u0000")
@example("\\\\u0000\0")
def test_text_comes_through_in_both_modes_without_its_nuls(text: str) -> None:
    said = CHAT.model_copy(update={"text": text})
    event = EVENT._replace(data=said)
    expected = text.replace("\0", "")
    read = from_record(None, to_headers(event), to_value(said))
    assert read.data.text == expected  # type: ignore[attr-defined]
    read = from_record(None, STRUCTURED, to_structured(event))
    assert read.data.text == expected  # type: ignore[attr-defined]
