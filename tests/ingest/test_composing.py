"""Our own mails as bytes: headers, files, signatures; rates and answers of relays. All pure."""

import base64
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from typing import Any
from uuid import UUID

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.domain import smtp_answers
from services.ingest.domain.compose import Letter, Signer, Style, letter
from services.ingest.domain.dkim_signature import UnusableKey
from services.ingest.domain.header_lines import mailbox, parameter, unstructured
from services.ingest.domain.headers import Person, people
from services.ingest.domain.marks import OWN_HEADER
from services.ingest.domain.messages import Attachment, Blob, Message
from services.ingest.domain.rates import grant
from services.ingest.domain.texts import one_line

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LINES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=300)


def outbound(**what: Any) -> Message:
    """A message on its way out."""
    given: dict[str, Any] = {
        "tenant": "demo", "id": UUID(int=7), "identity": UUID(int=8),
        "conversation_id": UUID(int=1), "direction": "outbound", "channel": "email",
        "account": "mail", "received_at": NOW,
        "sender": Person("Help", "help@demo.example"), "to": (Person("Ana", "ana@example.com"),),
        "subject": "Invoice", "text": "It is on its way.", "header_id": "<7@desk.test>",
    } | what  # fmt: skip
    return Message(**given)


def file(data: bytes, name: str = "a.txt", **what: Any) -> Attachment:
    """A file in the blob store."""
    digest = sha256(data).hexdigest()
    media_type = what.pop("media_type", "text/plain")
    blob = Blob(f"ingest/demo/{digest}", len(data), digest, media_type)
    return Attachment(name, blob, what.pop("inline", False), what.pop("content_id", None))


def read(mail: Letter) -> EmailMessage:
    """The mail as a stranger's parser reads it."""
    return message_from_bytes(mail.data, policy=default)


def test_html_its_images_and_files_are_nested_as_mail_programs_expect() -> None:
    logo, invoice = b"\x89PNG...", b"%PDF" * 1000
    files = [
        file(logo, "logo.png", media_type="image/png", inline=True, content_id="logo@demo"),
        file(invoice, "Rechnung März.pdf", media_type="application/pdf"),
    ]
    message = outbound(html='<img src="cid:logo@demo">', attachments=tuple(files))
    stored = {one.blob.key: data for one, data in zip(files, (logo, invoice), strict=True)}
    mail = letter(message, "reply", None, stored)
    assert mail == letter(message, "reply", None, stored)
    said = read(mail)
    assert said.get_content_type() == "multipart/mixed"
    body, attached = said.iter_parts()
    assert [part.get_content_type() for part in body.iter_parts()] == [
        "text/plain", "multipart/related",
    ]  # fmt: skip
    page, image = list(body.iter_parts())[1].iter_parts()
    assert (page.get_content_type(), image["Content-ID"]) == ("text/html", "<logo@demo>")
    assert image.get_content() == logo
    assert (attached.get_filename(), attached.get_content()) == ("Rechnung März.pdf", invoice)


def test_a_file_that_claims_to_be_a_mail_or_nonsense_is_sent_as_bytes() -> None:
    for media_type in ("message/rfc822", "multipart/mixed", "a\r\nX: y", "ÄÖ/x", ""):
        one = file(b"data", media_type=media_type)
        said = read(letter(outbound(attachments=(one,)), "reply", None, {one.blob.key: b"data"}))
        assert list(said.iter_parts())[1].get_content_type() == "application/octet-stream"
        assert said["X"] is None


@given(LINES, LINES, LINES)
@settings(deadline=None)
def test_whatever_a_header_is_given_it_stays_one_header_and_is_read_as_it_was(
    subject: str, name: str, file_name: str
) -> None:
    one = file(b"x", file_name)
    message = outbound(subject=subject, to=(Person(name, "ana@example.com"),), attachments=(one,))
    mail = letter(message, "reply", None, {one.blob.key: b"x"})
    head = mail.data.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert sorted(names) == sorted(
        [
            b"From",
            b"To",
            b"Subject",
            b"Date",
            b"Message-ID",
            b"MIME-Version",
            b"Content-Type",
            OWN_HEADER.encode(),
        ]
    )
    assert max(map(len, mail.data.split(b"\r\n"))) <= 998
    assert mail.data.isascii()


@given(LINES)
def test_encoded_words_keep_to_their_75_characters_and_lose_nothing(text: str) -> None:
    line = unstructured("Subject", text)
    for word in line.split():
        assert len(word) <= 75 or not word.startswith("=?")
    if not one_line(text, 900).isascii():
        assert read(Letter("", "", f"{line}\r\n\r\n".encode()))["Subject"] == one_line(text, 900)


def test_a_name_with_quotes_and_one_beyond_ascii_are_read_back() -> None:
    for name in ('Ana "Bo" \\ C, D', "Größe, Übung " * 10, "=?utf-8?q?sly?="):
        line = mailbox("To", name, "ana@example.com")
        [person] = people([line.removeprefix("To: ")])
        assert person == Person(name.strip(), "ana@example.com")


def test_a_long_file_name_is_cut_in_pieces_that_hold_whole_characters() -> None:
    name = "Überweisung für den Monat März, " * 4
    line = f"Content-Disposition: attachment{parameter('filename', name)}"
    assert max(map(len, line.split("\r\n"))) <= 78
    assert read(Letter("", "", f"{line}\r\n\r\n".encode())).get_filename() == name.strip()


def test_a_survey_can_be_unsubscribed_from_with_one_click() -> None:
    said = read(letter(outbound(), "survey", Style(unsubscribe="https://desk.test/u/1")))
    assert said["List-Unsubscribe"] == "<https://desk.test/u/1>"
    assert said["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain = read(letter(outbound(), "survey", Style(unsubscribe="http://desk.test/u/1")))
    assert plain["List-Unsubscribe-Post"] is None
    sly = read(letter(outbound(), "survey", Style(unsubscribe="https://a\r\nBcc: b@c")))
    assert (sly["List-Unsubscribe"], sly["Bcc"]) == (None, None)


def test_answers_go_to_the_signed_address_unless_it_would_be_too_long() -> None:
    token = "a" * 39
    said = read(letter(outbound(), "reply", Style(token=token)))
    assert said["Reply-To"] == f"help+{token}@demo.example"
    long = outbound(sender=Person("Help", f"{'h' * 30}@demo.example"))
    assert read(letter(long, "reply", Style(token=token)))["Reply-To"] is None


def test_ids_of_others_that_would_break_a_line_are_left_out() -> None:
    message = outbound(
        in_reply_to="<ä@x>", references=("<a@x>", f"<{'b' * 1200}@x>", "<c d@x>", "<e@x>")
    )
    said = read(letter(message, "reply"))
    assert said["In-Reply-To"] is None
    assert said["References"].split() == ["<a@x>", "<e@x>"]


def test_a_dkim_signature_is_the_same_each_time_and_others_find_it_right() -> None:
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    style = Style(unsubscribe="https://desk.test/u", signer=Signer("demo.example", "s1", pem))
    message = outbound(text="Tabs\tand  blanks \r\n\r\n.\n\n", subject="Größe " * 30)
    mail = letter(message, "survey", style)
    assert mail == letter(message, "survey", style)
    assert dkim.verify(mail.data, dnsfunc=_key_of(private))
    assert not dkim.verify(mail.data.replace(b"Tabs", b"Taps"), dnsfunc=_key_of(private))
    second = b"From: evil@example.com\r\n" + mail.data
    assert not dkim.verify(second, dnsfunc=_key_of(private))
    assert b":list-unsubscribe:list-unsubscribe-post:" in mail.data


@pytest.mark.parametrize("key", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAA\n-----END"])
def test_a_text_that_is_no_key_is_told(key: str) -> None:
    with pytest.raises(UnusableKey):
        letter(outbound(), "reply", Style(signer=Signer("demo.example", "s1", key)))


def _key_of(private: rsa.RSAPrivateKey) -> Any:
    data = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = f"v=DKIM1; k=rsa; p={base64.b64encode(data).decode()}".encode()

    def answer(name: bytes, timeout: float = 5) -> bytes:
        assert name == b"s1._domainkey.demo.example."
        return record

    return answer


@pytest.mark.parametrize(
    ("stage", "code", "text", "kind"),
    [
        ("door", 554, "5.7.1 You are on a list", "blocked"),
        ("door", 421, "too busy", "unreachable"),
        ("login", 535, "5.7.8 Bad credentials", "blocked"),
        ("login", 454, "4.7.0 Try later", "unreachable"),
        ("sender", 553, "5.7.1 Sender address rejected: not owned by user", "blocked"),
        ("sender", 552, "5.3.4 Message size exceeds fixed limit", "refused"),
        ("recipient", 550, "5.1.1 No such user", "refused"),
        ("recipient", 550, "5.7.1 Blocked by the recipient's policy", "refused"),
        ("recipient", 554, "5.7.1 Relay access denied", "blocked"),
        ("recipient", 550, "5.7.1 Unable to relay", "blocked"),
        ("recipient", 530, "5.7.0 Must issue a STARTTLS command first", "blocked"),
        ("recipient", 451, "4.7.1 Greylisted", "deferred"),
        ("recipient", 421, "4.7.0 Closing", "unreachable"),
        ("data", 554, "5.6.0 Looks like spam", "refused"),
        ("data", 452, "4.2.2 Mailbox full", "deferred"),
        ("data", 299, "what?", "unreachable"),
    ],
)
def test_an_answer_is_about_the_mail_the_moment_or_the_account(
    stage: Any, code: int, text: str, kind: str
) -> None:
    outcome = smtp_answers.outcome(stage, code, text)
    assert (outcome.kind, outcome.reason) == (kind, f"{code} {text}")


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20)), max_size=60), st.integers(1, 600)
)
def test_no_minute_sees_more_than_a_second_too_many(
    looks: list[tuple[int, int]], rate: int
) -> None:
    free_at, now, sent = None, NOW, []
    for seconds, wanted in looks:
        now += timedelta(seconds=seconds)
        granted = grant(wanted, rate, free_at, now)
        free_at = granted.free_at
        sent += [now] * granted.count
        assert granted.count + len(granted.later) == wanted
        assert all(now < at <= now + timedelta(seconds=60) for at in granted.later)
        assert list(granted.later) == sorted(granted.later)
    for start in sent:
        minute = [at for at in sent if start <= at < start + timedelta(minutes=1)]
        assert len(minute) <= rate + rate / 60 + 1
