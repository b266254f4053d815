"""Header lines, character sets and lengths: text of any origin, made fit to be kept."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain import charsets, headers, texts
from services.ingest.domain.headers import Person


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("undisclosed-recipients:;", ()),
        ("Moderator <moderator>", (Person("Moderator", None),)),
        ("=?utf-8?q?Ana_=3Cana=40example=2Ecom=3E?=", (Person("Ana", "ana@example.com"),)),
        ("ana@example.com (Ana)", (Person("Ana", "ana@example.com"),)),
        ("a@b.example, a@b.example", (Person(None, "a@b.example"),)),
        ("Jos\udcc3\udca9 <jose@example.com>", (Person("José", "jose@example.com"),)),
        ("((((((", (Person("((((((", None),)),
        ("", ()),
    ],
)
def test_people_are_found_in_what_senders_really_write(raw: str, found: tuple[Person, ...]) -> None:
    assert headers.people([raw]) == found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("<a@x> <b@x>", ("<a@x>", "<b@x>")),
        ("Your mail of Monday <a@x>", ("<a@x>",)),
        ("<a@\r\n x>", ("<a@x>",)),
        ("bare@x", ("<bare@x>",)),
        ("two words", ()),
        ("<> <>", ()),
    ],
)
def test_message_ids_are_found_in_brackets_or_bare(raw: str, found: tuple[str, ...]) -> None:
    assert headers.message_ids(raw) == found


@pytest.mark.parametrize("raw", ["yesterday", "", "Mon, 99 Foo 2026", "1 Jan 3500 00:00 -0000"])
def test_a_date_that_is_none_is_no_date(raw: str) -> None:
    assert headers.moment(raw) is None


@given(st.text(max_size=300))
def test_headers_are_read_whatever_they_hold(raw: str) -> None:
    raw = raw.encode("utf-8", "replace").decode("ascii", "surrogateescape")
    for person in headers.people([raw]):
        assert person.name or person.address
    for text in (headers.text(raw), *headers.message_ids(raw)):
        assert len(text) <= 998
        assert text.isprintable() or not text.isascii()
    headers.moment(raw)


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        ("Grüße".encode(), None, "Grüße"),
        ("Grüße".encode("latin-1"), None, "Grüße"),
        ("Grüße".encode("latin-1"), "utf-8", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode(), "no-such-charset", "Grüße"),
        ("“quoted”".encode("cp1252"), "iso-8859-1", "“quoted”"),
        ("京都".encode("shift_jis"), "x-sjis", "京都"),
        ("안녕".encode("cp949"), "ks_c_5601-1987", "안녕"),
        ("你好€".encode("gb18030"), "gb2312", "你好€"),
        ("Привет".encode("koi8-r"), '"KOI8-R"', "Привет"),
        (b"abc", "unicode_escape", "abc"),
        (b"abc", "hex", "abc"),
        (b"abc\x81\xff", "ascii", "abc\x81ÿ"),
        ("Grüße, ganz viele Grüße".encode() + b"\xff", "utf-8", "Grüße, ganz viele Grüße\ufffd"),
    ],
)
def test_texts_are_decoded_as_meant_not_as_declared(
    data: bytes, declared: str | None, text: str
) -> None:
    assert charsets.decode(data, declared) == text


@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "utf-16", "utf-7", "big5", "x"]))
def test_no_bytes_are_too_strange_to_be_text(data: bytes, declared: str | None) -> None:
    assert bool(charsets.decode(data, declared)) == bool(data) or declared in ("utf-16", "utf-7")


@given(st.text(max_size=5000), st.integers(1, 200))
def test_a_beginning_fits_and_is_a_beginning(text: str, longest: int) -> None:
    text = texts.clean(text)
    kept = texts.beginning(text, longest)
    assert text.startswith(kept)
    assert len(kept.encode()) <= longest


def test_times_with_a_zone_are_told_in_utc() -> None:
    at = headers.moment("Mon, 02 Mar 2026 13:00:00 +0545")
    assert at == datetime(2026, 3, 2, 13, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert at is not None
    assert at.tzinfo is UTC
