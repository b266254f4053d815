"""Transfer encodings, marks and names that programs on a mail's way have written badly."""

from base64 import encodebytes

import pytest

from services.ingest.domain.mail import parse
from services.ingest.domain.marks import marks
from services.ingest.domain.transfer import BAD, decoded


def test_a_byte_order_mark_before_the_first_header_is_none_of_its_name() -> None:
    raw = b"\xef\xbb\xbfFrom: kim@x.example\r\nSubject: x\r\n\r\nhello\r\n"
    assert (parse(raw).sender.address, parse(raw).text) == ("kim@x.example", "hello")
    assert marks(raw.replace(b"From", b"Delivered-To")) == {"delivered-to": ["kim@x.example"]}


@pytest.mark.parametrize("blanks", [b"", b" ", b" \t  "])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_blanks_behind_a_soft_line_break_are_no_part_of_the_text(blanks: bytes, end: bytes) -> None:
    data = b"Gr=C3=BC=" + blanks + end + b"=C3=9Fe= x"
    assert decoded(data, "quoted-printable") == ("Grüße= x".encode(), None)


@pytest.mark.parametrize(
    "words",
    ["Hello I am not base64 at all!", "I cannot log in. Please help me, order 77 is late.\nKim"],
)
def test_plain_words_that_are_declared_base64_stay_words(words: str) -> None:
    assert decoded(words.encode(), "base64") == (words.encode(), BAD)


def test_a_few_bytes_broken_on_the_way_are_no_reason_to_give_base64_up() -> None:
    data = encodebytes(b"Where is my order? " * 20)
    assert decoded(data[:40] + b"!" + data[40:], "base64") == (b"Where is my order? " * 20, BAD)


@pytest.mark.parametrize("charset", ["x-foo", "utf-8", "iso-8859-1"])
def test_a_file_name_in_an_unknown_character_set_is_read_as_text_is(charset: str) -> None:
    raw = (
        "Content-Type: application/pdf\nContent-Disposition: attachment;"
        f" filename*={charset}''Gr%C3%BC%C3%9Fe.pdf\n\nx"
    )
    assert parse(raw.encode()).files[0].name == "Grüße.pdf"
