"""What ingest decides, without I/O: reading mails, finding threads, writing and judging answers."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain import charsets, headers, hypertext, texts
from services.ingest.domain.accounts import is_mail_address
from services.ingest.domain.compose import Unaddressable, letter
from services.ingest.domain.deliveries import (
    Delivery,
    Outcome,
    Patience,
    State,
    answer_subject,
    judge,
    references_of,
)
from services.ingest.domain.headers import Person
from services.ingest.domain.mail import MOST_REFERENCES, parse
from services.ingest.domain.messages import Message
from services.ingest.domain.threads import Arrival, join, mail_names, proposals
from tests.ingest import mailroom

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
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
    mail = parse(b"From: a@b.example\r\n" + part("text/plain", written))
    assert mail.text == texts.body(written)


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
    assert mail.reply_to == Person(None, "desk@example.com")
    assert mail.cc == (Person("Last, First", "x@example.com"), Person(None, "y@example.com"))
    assert mail.subject == "Grüße aus Köln"
    assert (mail.message_id, mail.in_reply_to) == ("<a@x>", ("<p@x>",))
    assert mail.references == ("<o@x>", "<p@x>")
    assert mail.sent_at == datetime(2026, 3, 2, 11, tzinfo=UTC)


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


def test_a_thread_is_joined_the_same_in_every_order_and_every_split() -> None:
    mails = {
        "a": mail_names("t", "<a>", (), ()),
        "b": mail_names("t", "<b>", ("<a>",), ("<a>",)),
        "c": mail_names("t", "<c>", ("<b>",), ("<a>", "<b>")),
        "z": mail_names("t", "<z>", (), ()),
    }
    ids = {name: uuid4() for name in mails}
    for order in permutations(mails):
        arrivals = [Arrival(ids[name], mails[name]) for name in order]
        whole, _ = join(arrivals, {})
        known: dict[tuple[str, UUID], UUID] = {}
        split: dict[UUID, UUID] = {}
        for arrival in arrivals:
            found, known = join([arrival], known)
            split |= found
        assert whole == split
        first = next(ids[name] for name in order if name != "z")
        assert {whole[ids[name]] for name in "abc"} == {first}
        assert whole[ids["z"]] == ids["z"]


@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4), max_size=12))
def test_names_keep_the_conversation_that_they_were_first_seen_in(named: list[list[str]]) -> None:
    arrivals = [
        Arrival(UUID(int=n + 1), mail_names("t", names[-1], names[:-1], ()))
        for n, names in enumerate(named)
    ]
    conversations, where = join(arrivals, {})
    again, after = join(arrivals, where)
    assert (again, after) == (conversations, where)
    assert set(where) == set(proposals(arrivals))
    assert set(conversations.values()) == {c for m, c in conversations.items() if m == c}


def outbound(**what: object) -> Message:
    """An answer to Ana."""
    given: dict[str, object] = {
        "tenant": "demo", "id": UUID(int=7), "identity": UUID(int=7),
        "conversation_id": UUID(int=1), "direction": "outbound", "channel": "email",
        "account": "mail", "sender": Person("Help", "help@demo.example"),
        "to": (Person("Ana", "ana@example.com"),), "subject": "Re: Invoice", "text": "Soon.",
        "received_at": NOW, "header_id": "<7@desk.test>",
    } | what  # fmt: skip
    return Message(**given)  # type: ignore[arg-type]


@given(READABLE, st.text(max_size=200), st.text(max_size=100), st.none() | READABLE)
def test_an_answer_is_the_same_bytes_each_time_and_says_what_was_meant(
    text: str, subject: str, name: str, html: str | None
) -> None:
    subject, name = texts.one_line(subject, 900), texts.one_line(name, 200)
    message = outbound(text=text, subject=subject, html=html, to=(Person(name, "a@b.example"),))
    mail = letter(message, "reply")
    assert mail == letter(message, "reply")
    assert b"\n" not in mail.data.replace(b"\r\n", b"")
    assert max(map(len, mail.data.split(b"\r\n"))) <= 998
    read = parse(mail.data)
    assert (read.message_id, read.sender) == ("<7@desk.test>", Person("Help", "help@demo.example"))
    assert read.to[0].address == "a@b.example"
    assert " ".join(read.subject.split()) == " ".join(subject.split())


def test_no_header_can_be_smuggled_into_an_answer() -> None:
    sly = "x\r\nBcc: all@example.com"
    mail = letter(outbound(subject=sly, to=(Person(sly, "a@b.example"),)), "reply")
    assert "bcc" not in {
        line.partition(b":")[0].lower().decode() for line in mail.data.split(b"\r\n")
    }
    with pytest.raises(Unaddressable):
        letter(outbound(to=(Person(None, f"a@b.example{sly}"),)), "reply")


def test_an_international_domain_is_written_in_its_own_ascii_name() -> None:
    mail = letter(outbound(to=(Person(None, "ana@exämple.com"),)), "reply")
    assert mail.recipient == "ana@xn--exmple-cua.com"


@pytest.mark.parametrize("address", ["", "a", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "ä@b.de"])
def test_what_is_no_mail_address_is_told(address: str) -> None:
    assert not is_mail_address(address)


def test_an_answer_refers_to_the_whole_thread() -> None:
    asked = outbound(header_id="<c@x>", in_reply_to="<b@x>", references=("<a@x>", "<b@x>"))
    assert references_of(asked) == ("<a@x>", "<b@x>", "<c@x>")
    assert references_of(outbound(header_id="<c@x>", in_reply_to="<b@x>")) == ("<b@x>", "<c@x>")
    long = outbound(references=tuple(f"<{n}@x>" for n in range(80)))
    assert len(references_of(long)) == 50


@pytest.mark.parametrize(
    ("subject", "answer"),
    [("Invoice", "Re: Invoice"), ("RE: Invoice", "RE: Invoice"), (None, "Re:"), ("", "Re:")],
)
def test_the_subject_of_an_answer_has_re_once(subject: str | None, answer: str) -> None:
    assert answer_subject(subject) == answer


def delivery(**what: object) -> Delivery:
    """A delivery that is being sent for the first time."""
    given: dict[str, object] = {
        "tenant": "demo", "request_id": UUID(int=7), "conversation_id": UUID(int=1),
        "ticket_id": None, "kind": "reply", "channel": "email", "account": "mail",
        "recipient": "ana@example.com", "requested_by": "agent", "queued_at": NOW, "due_at": NOW,
        "cause_id": UUID(int=9), "cause_hops": 1, "cause_traceparent": None, "state": "sending",
        "attempts": 1,
    } | what  # fmt: skip
    return Delivery(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "what", "state"),
    [
        ("sent", {}, "sent"),
        ("refused", {}, "failed"),
        ("deferred", {}, "queued"),
        ("unreachable", {}, "queued"),
        ("unknown", {"unconfirmed": 2}, "queued"),
        ("unknown", {"unconfirmed": 3}, "not-confirmed"),
        ("deferred", {"queued_at": NOW - timedelta(days=2)}, "failed"),
        ("unreachable", {"queued_at": NOW - timedelta(days=2)}, "failed"),
        ("deferred", {"queued_at": NOW - timedelta(days=2), "unconfirmed": 1}, "not-confirmed"),
    ],
)
def test_an_attempt_leads_to_the_state_that_fits(
    kind: str, what: dict[str, object], state: State
) -> None:
    verdict = judge(delivery(**what), Outcome(kind), NOW, Patience())  # type: ignore[arg-type]
    assert verdict.state == state


def test_each_deferral_waits_twice_as_long_up_to_a_limit() -> None:
    patience = Patience(pause=timedelta(seconds=30), longest_pause=timedelta(minutes=30))
    waits = [
        judge(delivery(attempts=n), Outcome("deferred"), NOW, patience).due_at - NOW
        for n in (1, 2, 3, 7, 8, 10_000)
    ]
    assert [wait.total_seconds() for wait in waits] == [30, 60, 120, 1800, 1800, 1800]


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
