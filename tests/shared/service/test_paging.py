"""Cursors."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.service.paging import Paging, decode_cursor, encode_cursor, paging
from shared.service.problems import Invalid

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**62), 2**62),
    st.text(st.characters(categories=["L", "N", "P"])),
    st.booleans(),
)


@given(st.lists(VALUES, max_size=4))
def test_a_cursor_brings_back_its_position(position: list[str | int | None]) -> None:
    assert decode_cursor(encode_cursor(position)) == tuple(position)


@given(st.text(max_size=200))
def test_a_made_up_cursor_is_refused_or_harmless(text: str) -> None:
    with suppress(Invalid):
        position = decode_cursor(text)
        assert all(value is None or isinstance(value, str | int | float) for value in position)


@pytest.mark.parametrize(
    "content", [b'["a\\u0000"]', b"{}", b"[[1]]", b"[1e999999", b"[99999999999999999999]"]
)
def test_what_no_list_of_ours_could_have_said_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        decode_cursor(base64.urlsafe_b64encode(content).decode())


def test_a_page_knows_whether_another_follows() -> None:
    asked = Paging(limit=2, after=None)
    assert asked.fetch == 3
    page = asked.page([1, 2, 3], view=str, position=lambda row: [row])
    assert page.items == ["1", "2"]
    assert page.next is not None
    assert paging(limit=2, cursor=page.next).after == (2,)
    last = asked.page([3], view=str, position=lambda row: [row])
    assert (last.items, last.next) == (["3"], None)


def test_walking_all_pages_shows_every_row_once() -> None:
    rows, seen, cursor = list(range(23)), [], None
    while True:
        asked = paging(limit=5, cursor=cursor)
        after = asked.after_as(int)
        found = [row for row in rows if after is None or row > after[0]][: asked.fetch]
        page = asked.page(found, view=lambda row: row, position=lambda row: [row])
        seen += page.items
        cursor = page.next
        if cursor is None:
            break
    assert seen == rows


def test_a_cursor_of_another_list_is_refused() -> None:
    asked = paging(limit=5, cursor=encode_cursor(["x", 1]))
    with pytest.raises(Invalid):
        asked.after_as(int, int)
    with pytest.raises(Invalid):
        asked.after_as(str)
