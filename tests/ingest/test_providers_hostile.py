"""Whatever is sent in a network's name, reading it never breaks."""

import json
import string
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.providers import generic, line, meta, telegram, twilio, whatsapp, x
from services.ingest.domain.providers.found import Found, Ignored, NotOurs, Post
from services.ingest.domain.social import revision
from services.ingest.domain.texts import clean
from tests.ingest.payloads import BODIES

READERS: dict[str, Callable[[Any], Iterable[Found]]] = {
    "whatsapp": whatsapp.read,
    "messenger": lambda body: meta.read(body, "page"),
    "instagram": lambda body: meta.read(body, "instagram"),
    "telegram": telegram.read,
    "line": line.read,
    "x": x.read,
    "twilio-sms": twilio.read,
    "webhook": generic.read,
}


@given(st.dictionaries(st.sampled_from([
    "MessageSid", "From", "Body", "MessageStatus", "MediaUrl0", "Latitude", "Longitude", "To",
    "ErrorCode", "ProfileName",
]), st.text(max_size=30)))  # fmt: skip
def test_whatever_fields_twilio_sends_no_reader_breaks(form: dict[str, str]) -> None:
    try:
        found = list(twilio.read(form))
    except NotOurs:
        return
    assert len(found) == 1


_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(["text", "image", "edit", "read", "1772443800", "\0", "\ud800", "9" * 400]),
)  # fmt: skip


def _mutations(value: Any) -> st.SearchStrategy[Any]:
    """`value` with anything anywhere in it replaced by something else."""
    if isinstance(value, dict) and value:
        return st.one_of(
            *(_mutations(v).map(lambda new, k=k: value | {k: new}) for k, v in value.items()),
            _LEAVES,
        )
    if isinstance(value, list) and value:
        return st.one_of(_mutations(value[0]).map(lambda new: [new, *value[1:]]), _LEAVES)
    return st.one_of(
        _LEAVES,
        st.lists(_LEAVES, max_size=2),
        st.dictionaries(st.text(string.ascii_lowercase), _LEAVES, max_size=2),
    )


# Made once: what makes a thousand nested choices takes longer to make than to draw from.
MUTATED = {kind: _mutations(BODIES[kind]) for kind in READERS if kind != "twilio-sms"}


@pytest.mark.parametrize("kind", MUTATED)
@given(data=st.data())
def test_whatever_is_sent_no_reader_breaks_and_what_it_finds_can_be_stored(
    kind: str, data: st.DataObject
) -> None:
    body = data.draw(MUTATED[kind])
    try:
        found = list(READERS[kind](body))
    except NotOurs:
        return
    for one in found:
        if isinstance(one, Post):
            assert 0 < len(one.id) <= 200
            assert 0 < len(one.thread) <= 200
            assert clean(one.text) == one.text
            assert len(json.dumps(revision(one))) > 2
        elif isinstance(one, Ignored):
            assert 0 < len(one.name) <= 40
