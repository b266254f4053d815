"""Whatever bytes come in, a record is an event or an InvalidEvent, and nothing else is raised."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.catalog import TYPES
from shared.contracts.envelope import Event, InvalidEvent, from_record, to_headers

EXAMPLES = [
    path.read_bytes()
    for path in sorted((Path(__file__).parents[2] / "shared/contracts/examples").glob("*/*.json"))
]
STRUCTURED = [("content-type", b"application/cloudevents+json")]
HEADERS = to_headers(from_record(None, STRUCTURED, EXAMPLES[0]))
# How long one example takes says more of the machine than of the code.
patient = settings(deadline=None)

NAMES = st.one_of(st.sampled_from([name for name, _ in HEADERS] + ["traceparent", "x"]), st.text())
VALUES = st.one_of(
    st.none(),
    st.binary(max_size=40),
    st.sampled_from(
        [value for _, value in HEADERS]
        + [name.encode() for name in TYPES]
        + [STRUCTURED[0][1], b"2026-02-30T00:00:00Z", b"9" * 30]
    ),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def outcome(key: bytes | None, heads: Any, value: bytes | None) -> Event[Any] | InvalidEvent:
    try:
        return from_record(key, heads, value)
    except InvalidEvent as found:
        return found


def read_or_refused(key: bytes | None, heads: Any, value: bytes | None) -> None:
    found = outcome(key, heads, value)
    if isinstance(found, InvalidEvent):
        assert 0 < len(found.detail) <= 500
    else:
        assert found.data is not None
        assert "\0" not in found.id + found.subject + found.tenant


@patient
@given(
    st.none() | st.binary(max_size=20),
    st.lists(st.tuples(NAMES, VALUES), max_size=16),
    st.none() | st.binary() | JSON.map(lambda it: json.dumps(it).encode()),
)
def test_any_record_is_read_or_refused(
    key: bytes | None, heads: list[tuple[str, bytes | None]], value: bytes | None
) -> None:
    read_or_refused(key, heads, value)
    read_or_refused(key, [*HEADERS, *heads], value)
    read_or_refused(key, [*heads, *STRUCTURED], value)


@patient
@given(st.sampled_from(EXAMPLES), st.integers(0, 5000), st.binary(max_size=6), st.integers(0, 40))
def test_any_damaged_event_is_read_or_refused(
    document: bytes, at: int, put: bytes, cut: int
) -> None:
    read_or_refused(None, STRUCTURED, document[:at] + put + document[at + cut :])


@patient
@given(st.sampled_from(EXAMPLES), st.data())
def test_any_event_with_a_part_replaced_is_read_or_refused(
    document: bytes, data: st.DataObject
) -> None:
    event = json.loads(document)
    part = event if data.draw(st.booleans()) else event["data"]
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(JSON)
    read_or_refused(None, STRUCTURED, json.dumps(event).encode())
    heads = [(f"ce_{name}", str(text).encode()) for name, text in event.items() if name != "data"]
    read_or_refused(None, heads, json.dumps(event.get("data")).encode())
