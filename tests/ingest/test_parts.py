"""Parts of mails: byte for byte, whatever their boundaries, encodings and wrappings."""

import base64
import struct

import pytest

from services.ingest.domain import rtf, tnef
from services.ingest.domain.mail import parse
from services.ingest.domain.structure import DEEPEST_MAIL, read
from tests.ingest import mailroom
from tests.ingest.test_reading import multipart, part

FORWARDED = b"From: bo@example.com\r\nSubject: The  first\r\n\tmail\r\n\r\nBytes\r\nof it.\r\n"


def forwarded(head: bytes, body: bytes) -> bytes:
    return b"Content-Type: message/rfc822\r\n" + head + b"\r\n" + body


def test_a_forwarded_mail_is_kept_byte_for_byte() -> None:
    mail = parse(multipart("mixed", part("text/plain", "See below"), forwarded(b"", FORWARDED)))
    assert [(file.name, file.content) for file in mail.files] == [("The first mail.eml", FORWARDED)]
    assert mail.text == "See below"


def test_a_forwarded_mail_in_base64_is_read_all_the_same() -> None:
    head = b"Content-Transfer-Encoding: base64\r\n"
    mail = parse(multipart("mixed", forwarded(head, base64.encodebytes(FORWARDED))))
    assert mail.files[0].content == FORWARDED
    assert mail.text == "Bytes\nof it."


def test_mails_inside_mails_inside_mails_are_opened_so_far_and_no_further() -> None:
    raw = b"Content-Type: message/rfc822\n\n" * 50 + b"\nDeepest"
    opened, mail = 0, read(raw)
    while mail.is_multipart():
        mail, opened = mail.get_payload(0), opened + 1
    assert opened == DEEPEST_MAIL


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ('boundary="abc"', b"abd"),
        ("boundary=", b"abc"),
        ("", b"abc"),
        ('\tboundary="abc"', b"abc"),
    ],
)
def test_parts_are_found_where_the_boundary_is_missing_or_another(
    declared: str, written: bytes
) -> None:
    kind = f"multipart/mixed{'' if declared.startswith(chr(9)) else ';'} {declared}"
    inner = b"Content-Type: text/plain\n\nWords\n--%b\nContent-Type: image/png\n\npng\n" % written
    raw = b"Content-Type: %b\n\n--%b\n%b--%b--\n" % (kind.encode(), written, inner, written)
    mail = parse(raw)
    assert (mail.text, [file.media_type for file in mail.files]) == ("Words", ["image/png"])


def test_a_boundary_inside_another_and_one_that_ends_in_dashes_are_told_apart() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=a----\n\n--a----\n\nInner\n--a------\n"
    mail = parse(b"Content-Type: multipart/mixed; boundary=a--\n\n--a--\n" + inner + b"--a----\n")
    assert mail.text == "Inner"


def test_a_part_that_never_ends_gives_way_to_the_boundary_around_it() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=two\n\n--two\n\nFirst\n"
    raw = b"Content-Type: multipart/mixed; boundary=one\n\n--one\n" + inner + b"--one\n\nLast\n"
    assert parse(raw).text == "First\n\nLast"


def test_a_header_broken_in_two_loses_neither_the_others_nor_the_body() -> None:
    mail = parse(b"Subject: Hello\nthis line is none\nFrom: ana@example.com\n\nBody")
    assert (mail.subject, mail.sender.address, mail.text) == ("Hello", "ana@example.com", "Body")
    assert "bad-header-line" in mail.warnings
    assert parse(b"Subject: Hello\nBody without a blank line").text == "Body without a blank line"


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        ("base64", b"SGVsbG8\n", b"Hello"),
        ("base64", b"SGVs bG8=\n\n-- trailing words\n", b"SGVs bG8=\n\n-- trailing words"),
        ("base64", base64.b64encode(b"x" * 60) + b"\n___\nA list's footer\n", b"x" * 60),
        ("base64", base64.b64encode(b"a" * 19) + b"\n" + base64.b64encode(b"b" * 19), b"a" * 19),
        ("x-uuencode", b"begin 644 x\n%2&5L;&\\\n`\nend\n", b"Hello"),
        ("x-uuencode", b"no such thing", b"no such thing"),
        ("quoted-printable", b"a=3Db=\nc=zz", b"a=bc=zz"),
        ("made-up", b"as it is", b"as it is"),
    ],
)
def test_a_transfer_encoding_gone_wrong_loses_nothing(
    encoding: str, body: bytes, content: bytes
) -> None:
    head = b"Content-Type: application/x\nContent-Transfer-Encoding: " + encoding.encode()
    files = parse(multipart("mixed", head + b"\n\n" + body)).files
    assert files[0].content.startswith(content)


def test_a_picture_that_the_html_shows_is_inline_whatever_its_headers_say() -> None:
    picture = part("image/png", b"png", "Content-Disposition: attachment", "Content-ID: <a b@x>")
    other = part("image/png", b"png2", "Content-Disposition: attachment", "Content-ID: <c@x>")
    page = part("text/html", "<p>See</p><img src='cid:a%20b@x'>")
    assert [file.inline for file in parse(multipart("related", page, picture, other)).files] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    "disposition",
    [
        b"attachment; filename*0*=utf-8''%C3%9Cber; filename*1=\"sicht.pdf\"",
        b"attachment; filename*=%C3%9Cbersicht.pdf",
        b'attachment; filename="=?utf-8?B?w5xiZXJzaWNodC5wZGY=?="',
        "attachment; filename=Übersicht.pdf".encode(),
        '; filename="C:\\Akten\\Übersicht.pdf"'.encode("latin-1"),
    ],
)
def test_a_file_is_named_however_its_name_was_written(disposition: bytes) -> None:
    head = b"Content-Type: application/pdf\nContent-Disposition: " + disposition
    assert parse(head + b"\n\npdf").files[0].name == "Übersicht.pdf"


def test_an_invitation_is_a_file_and_speaks_where_nobody_else_does() -> None:
    event = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260302T090000Z\r\nSUMMARY:Kick-\r\n off\\,"
        " all\r\nLOCATION:Room 1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    mail = parse(multipart("alternative", part("text/calendar", event)))
    assert mail.text == "Kick-off, all\n2026-03-02 09:00 UTC\nRoom 1"
    assert [(file.name, file.media_type) for file in mail.files] == [
        ("invite.ics", "text/calendar")
    ]
    both = multipart("alternative", part("text/plain", "Come!"), part("text/calendar", event))
    assert parse(both).text == "Come!"


def test_signed_and_sealed_mails_are_told_and_kept() -> None:
    signature = part("application/pgp-signature", b"sig")
    signed = parse(multipart("signed", part("text/plain", "Signed words"), signature))
    assert (signed.text, signed.warnings[-1]) == ("Signed words", "signed")
    sealed = parse(mailroom.letter().replace(
        b"text/plain; charset=utf-8", b"application/pkcs7-mime; smime-type=enveloped-data; name=a"
    ))  # fmt: skip
    assert (sealed.warnings[-1], sealed.files[0].name) == ("encrypted", "a")
    opaque = parse(mailroom.letter().replace(
        b"text/plain; charset=utf-8", b"application/pkcs7-mime; smime-type=signed-data"
    ))  # fmt: skip
    assert opaque.warnings[-1] == "signed-opaque"


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(value)) + value + b"\0\0"


def properties(*given: tuple[int, int, bytes]) -> bytes:
    made = struct.pack("<I", len(given))
    for kind, name, value in given:
        made += struct.pack("<HHII", kind, name, 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return made


WINMAIL = b"".join(
    [
        struct.pack("<IH", 0x223E9F78, 1),
        attribute(1, 0x9007, struct.pack("<II", 1252, 0)),
        attribute(1, 0x9003, properties((0x1F, 0x1000, "Wörter\0".encode("utf-16-le")))),
        attribute(2, 0x9002, b"\0" * 14),
        attribute(2, 0x8010, b"LONGNA~1.PDF\0"),
        attribute(2, 0x800F, b"%PDF"),
        attribute(2, 0x9005, properties((0x1E, 0x3707, b"Long n\xe4me.pdf\0"))),
    ]
)


def test_a_winmail_dat_gives_its_words_and_files() -> None:
    mail = parse(multipart("mixed", part("application/ms-tnef", WINMAIL)))
    assert mail.text == "Wörter"
    assert [(file.name, file.content) for file in mail.files] == [("Long näme.pdf", b"%PDF")]
    assert "tnef" in mail.warnings


@pytest.mark.parametrize("end", [6, 20, 40, 70, len(WINMAIL) - 60, len(WINMAIL) - 3])
def test_a_winmail_dat_cut_short_gives_what_is_left_or_itself(end: int) -> None:
    mail = parse(multipart("mixed", part("application/ms-tnef", WINMAIL[:end])))
    assert mail.text or mail.files


def test_a_winmail_dat_that_counts_to_four_thousand_million_is_done_at_once() -> None:
    endless = struct.pack("<IHHI", 0xFFFFFFFF, 0x101E, 0x3001, 0xFFFFFFFF)
    assert tnef.unpacked(WINMAIL[:6] + attribute(1, 0x9003, endless)) is None


def test_compressed_rtf_is_read() -> None:
    # The example of MS-OXRTFCP §4.1.
    compressed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af3"
        "2068656c090020627705b06c647d0a800fa0"
    )
    assert rtf.decompressed(compressed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert rtf.words(compressed) == "hello world"
    assert rtf.words(b"nothing of the kind, but long enough") == ""
