"""Mails as they really come: every one is read, and none is read to nothing."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain import bodies, hypertext, structure, texts
from services.ingest.domain.headers import Person
from services.ingest.domain.languages import language_of
from services.ingest.domain.mail import MOST_REFERENCES, parse
from tests.ingest import mailroom

READABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1)


def multipart(kind: str, *parts: bytes, head: bytes = b"") -> bytes:
    """A mail of several parts, each with its own headers."""
    opened = b'Content-Type: multipart/%b; boundary="=b"\r\n' % kind.encode()
    lines = [b"From: ana@example.com\r\n", head, opened, b"\r\n"]
    for part in parts:
        lines += [b"--=b\r\n", part, b"\r\n"]
    return b"".join([*lines, b"--=b--\r\n"])


def part(kind: str, body: str | bytes, *more: str) -> bytes:
    """One part; text is sent as UTF-8 in base64."""
    content = base64.encodebytes(body.encode() if isinstance(body, str) else body)
    charset = "; charset=utf-8" if isinstance(body, str) else ""
    lines = [f"Content-Type: {kind}{charset}", "Content-Transfer-Encoding: base64", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@pytest.fixture(scope="module", autouse=True)
def model() -> None:
    """The model of languages is loaded once, before anybody's time is taken."""
    language_of("Where is my invoice?")


@given(st.binary(max_size=3000))
def test_any_bytes_at_all_give_a_mail_fit_to_be_stored(raw: bytes) -> None:
    mail = parse(raw)
    for text in (mail.text, mail.subject, mail.html or "", mail.message_id):
        assert "\0" not in text
        text.encode()
    assert mail == parse(raw)


@given(st.data())
def test_a_mail_with_bytes_changed_anywhere_is_still_read(data: st.DataObject) -> None:
    raw = bytearray(RICH)
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
    mail = parse(bytes(raw))
    assert mail.text or mail.files


@given(READABLE)
def test_what_was_written_is_what_is_read(written: str) -> None:
    raw = b"From: a@b.example\r\n" + part("text/plain", written)
    assert bodies.read(structure.read(raw)).text == texts.body(written)


def test_a_mail_is_read_with_its_people_ids_and_time() -> None:
    mail = parse(
        mailroom.letter(
            "<a@x>",
            sender="=?utf-8?b?QmrDtnJr?= <bjork@example.com>",
            subject="=?utf-8?q?Gr=C3=BC=C3=9Fe_?=\r\n =?iso-8859-1?q?aus_K=F6ln?=",
            reply_to="<p@x>",
            references="<o@x>\r\n <p@x>",
            Reply_To="desk@example.com",
            Cc='"Last, First" <x@example.com>, y@example.com',
            Date="Mon, 2 Mar 2026 13:00:00 +0200",
        )
    )
    assert mail.sender == Person("Björk", "bjork@example.com")
    assert mail.reply_to == (Person(None, "desk@example.com"),)
    assert mail.cc == (Person("Last, First", "x@example.com"), Person(None, "y@example.com"))
    assert mail.subject == "Grüße aus Köln"
    assert (mail.message_id, mail.in_reply_to) == ("<a@x>", ("<p@x>",))
    assert mail.references == ("<o@x>", "<p@x>")
    assert mail.sent_at == datetime(2026, 3, 2, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "hour"),
    [("Mon, 2 Mar 2026 13:00:00 EST", 18), ("2026-03-02T13:00:00+01:00", 12), ("nonsense", None)],
)
def test_a_date_is_read_as_programs_write_it(date: str, hour: int | None) -> None:
    sent_at = parse(mailroom.letter(Date=date)).sent_at
    assert (sent_at.hour if sent_at else None) == hour


def test_a_mail_without_plain_text_is_read_from_its_html() -> None:
    page = "<html><style>p{}</style><p>Dear all,</p><p>see <b>this</b>.</p><script>x()</script>"
    mail = parse(multipart("alternative", part("text/html", page)))
    assert mail.text == "Dear all,\n\nsee this."
    assert mail.html is not None
    assert "script" not in mail.html
    assert "<b>this</b>" in mail.html


def test_a_blank_plain_part_does_not_hide_the_html() -> None:
    mail = parse(
        multipart("alternative", part("text/plain", " \n "), part("text/html", "<p>Hi</p>"))
    )
    assert mail.text == "Hi"


ALTERNATIVES = (
    "Content-Type: multipart/alternative; boundary=x\n\n--x\n"
    "Content-Type: text/plain; charset=utf-8\n\n{}\n--x\n"
    "Content-Type: text/html; charset=utf-8\n\n{}\n--x--\n"
)


@pytest.mark.parametrize(
    ("plain", "markup", "text"),
    [
        ("Your mail client does not support HTML.", "<p>My account is locked, order 77</p>",
         "My account is locked, order 77"),
        ("To view this message, please use an HTML compatible viewer!", "<p>Where is my order?</p>",
         "Where is my order?"),
        ("Please see https://x.example/a", "<a href='https://x.example/a'>Please see</a>",
         "Please see https://x.example/a"),
        ("Größen fehlen", "<p>Gr&ouml;&szlig;en <b>fehlen</b></p>", "Größen fehlen"),
        ("注文した商品が\nまだ届いていません", "<p>注文した商品がまだ届いていません</p>",
         "注文した商品が\nまだ届いていません"),
        ("It is broken", "<img src='cid:a'>", "It is broken"),
    ],
)  # fmt: skip
def test_a_stub_instead_of_the_plain_form_does_not_hide_the_html(
    plain: str, markup: str, text: str
) -> None:
    assert parse(ALTERNATIVES.format(plain, markup).encode()).text == text


def test_files_pictures_and_forwarded_mails_are_told_from_the_text() -> None:
    forwarded = b"Content-Type: message/rfc822\r\n\r\n" + mailroom.letter(subject="Old news")
    mail = parse(RICH.replace(b"--=b--\r\n", b"--=b\r\n" + forwarded + b"\r\n--=b--\r\n"))
    assert mail.text == "See below."
    names = {file.name: (file.media_type, file.inline) for file in mail.files}
    assert names == {
        "logo.png": ("image/png", True),
        "Übersicht.pdf": ("application/pdf", False),
        "Old news.eml": ("message/rfc822", False),
    }
    logo = next(file for file in mail.files if file.name == "logo.png")
    assert (logo.content, logo.content_id) == (b"png", "logo@x")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"no headers at all", "no headers at all"),
        (
            b'Content-Type: multipart/mixed; boundary="x"\r\n\r\nnever a boundary',
            "never a boundary",
        ),
        (b"Content-Type: text/plain; charset=x-made-up\r\n\r\nGr\xfc\xdfe", "Grüße"),
        (b"Content-Transfer-Encoding: base64 (sic)\r\n\r\nSGVsbG8=", "Hello"),
        (b"Content-Transfer-Encoding: base64\r\n\r\n!!not base64!!", "!!not base64!!"),
        (b"Subject: x\r\rbody with bare CR", "body with bare CR"),
        (b"Content-Type: text/html\r\n\r\n<img src='cid:a'>", "[picture]"),
        (
            multipart("mixed", b"Content-Type: message/rfc822\r\n\r\nSubject: a\r\n\r\nInner"),
            "Inner",
        ),
        (b'Content-Type: text/plain; name="a.txt"\r\n\r\nnamed', "named"),
        (multipart("mixed", part("text/plain", "note", "Content-Disposition: attachment")), "note"),
    ],
)
def test_a_body_that_says_something_never_gives_an_empty_text(raw: bytes, text: str) -> None:
    found = parse(raw).text
    assert found == text or (text == "!!not base64!!" and found)


def test_parts_inside_parts_inside_parts_end() -> None:
    raw = b"deepest"
    for depth in range(400):
        boundary = b"b%d" % depth
        raw = b'Content-Type: multipart/mixed; boundary="%b"\n\n--%b\n%b\n--%b--\n' % (
            boundary, boundary, raw, boundary,
        )  # fmt: skip
    mail = parse(raw)
    assert "deepest" in mail.text or mail.files


@given(st.text(max_size=500))
def test_any_markup_becomes_text_and_harmless_html(markup: str) -> None:
    hypertext.to_text(markup)
    assert "<script" not in hypertext.sanitised(f"{markup}<script>x</script>").lower()


def test_large_markup_is_read_without_being_laid_out() -> None:
    markup = "<style>p{}</style>" + "<p>word &amp; word</p>" * 20_000
    assert hypertext.to_text(markup).startswith("word & word\n")


@pytest.mark.parametrize(
    ("header", "value", "automatic"),
    [
        ("Auto_Submitted", "auto-replied", True),
        ("Auto_Submitted", "auto-generated; x=y", True),
        ("Auto_Submitted", "no", False),
        ("Precedence", "bulk", True),
        ("Precedence", "first-class", False),
        ("List_Id", "<news.example.com>", True),
        ("X_Auto_Response_Suppress", "OOF, AutoReply", True),
        ("Return_Path", "<>", True),
        ("Return_Path", "<ana@example.com>", False),
    ],
)
def test_robots_are_told_from_people_by_their_headers(
    header: str, value: str, automatic: bool
) -> None:
    assert parse(mailroom.letter(**{header: value})).automatic is automatic


@pytest.mark.parametrize("address", ["MAILER-DAEMON@x.example", "no-reply@x.example"])
def test_robots_are_told_from_people_by_their_addresses(address: str) -> None:
    assert parse(mailroom.letter(sender=address)).automatic


def test_a_copy_by_another_way_is_the_same_mail_and_other_words_are_not() -> None:
    one = parse(mailroom.letter(Received="from a"))
    assert parse(mailroom.letter(Received="from b", X_Spam="no")).identity == one.identity
    for other in (
        mailroom.letter(text="Other words"),
        mailroom.letter(subject="Other"),
        mailroom.letter(sender="bo@example.com"),
        mailroom.letter("<2@x>"),
        mailroom.letter(Date="Mon, 2 Mar 2026 10:00:00 +0000"),
    ):
        assert parse(other).identity != one.identity


def test_mails_that_nothing_tells_apart_are_the_same_only_byte_for_byte() -> None:
    one = parse(b"Subject: Hi\r\n\r\nHi")
    assert parse(b"Subject: Hi\r\n\r\nHi").identity == one.identity
    assert parse(b"Received: x\r\nSubject: Hi\r\n\r\nHi").identity != one.identity


def test_a_mail_without_a_message_id_gets_one_of_its_content() -> None:
    one, again = parse(mailroom.letter(None)), parse(mailroom.letter(None))
    assert one.message_id == again.message_id
    assert one.message_id.endswith("@no-message-id.invalid>")
    assert parse(mailroom.letter(None, "Else")).message_id != one.message_id


def test_of_a_very_long_thread_the_first_and_the_latest_are_kept() -> None:
    references = " ".join(f"<{n}@x>" for n in range(300))
    found = parse(mailroom.letter(references=references)).references
    assert (found[0], found[-1], len(found)) == ("<0@x>", "<299@x>", MOST_REFERENCES)


RICH = multipart(
    "mixed",
    multipart(
        "related",
        part("text/html", '<p>See below.</p><img src="cid:logo@x">'),
        part("image/png", b"png", 'Content-Disposition: inline; filename="logo.png"',
             "Content-ID: <logo@x>"),
    ).partition(b"\r\n")[2].replace(b"=b", b"=inner"),
    part("application/pdf", b"pdf",
         "Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.pdf"),
    head=b"Subject: Report\r\nMessage-ID: <rich@x>\r\n",
)  # fmt: skip
