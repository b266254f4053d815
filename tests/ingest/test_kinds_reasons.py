"""Reasons of bounces by words and codes, and what holds for any mail at all."""

import email
import time
from email.message import Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.domain.kinds import classify
from services.ingest.domain.kinds.phrases import DECISIVE, FOREIGN, GENERAL, REFUSED, UNKNOWN
from services.ingest.domain.kinds.reasons import HARD, reason_of, status_of
from services.ingest.domain.kinds.statuses import BY_REPLY, BY_STATUS, BY_SUBJECT
from services.ingest.domain.mail import parse

SAID = [
    ("550 5.1.1 <bo@x.example>: Recipient address rejected: User unknown", "unknown-user"),
    ("550 Requested action not taken: mailbox unavailable", "unknown-user"),
    ("450 Requested mail action not taken: mailbox unavailable", "unknown-user"),
    ("450 4.2.0 Requested mail action not taken: mailbox unavailable", "system"),
    ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", "unknown-user"),
    ("554 delivery error: dd This user doesn't have a mail.example account", "unknown-user"),
    ("Sorry, I couldn't find any host by that name. Host unknown (#5.1.2)", "unknown-host"),
    ("451 4.4.3 Name service error: host not found, try again", "network"),
    ("450 4.1.2 <bo@x.example>: Recipient address rejected: Domain not found", "network"),
    ("556 5.1.10 Recipient's domain has a null MX", "not-accepting"),
    ("521 this host does not accept mail", "not-accepting"),
    ("551 5.1.6 User has moved to another address", "moved"),
    ("552 5.2.2 Quota exceeded", "mailbox-full"),
    ("552 5.3.4 Message size exceeds fixed limit", "too-big"),
    ("550 5.2.1 The account is disabled", "disabled"),
    ("550 5.1.8 Sender address rejected: Domain not found", "sender-refused"),
    ("550 5.1.0 Sender address rejected: User unknown", "sender-refused"),
    ("550 5.7.26 This mail did not pass DMARC", "authentication"),
    ("550 5.7.1 Message refused: virus found", "virus"),
    ("554 5.7.1 Message was considered as spam", "spam"),
    ("452 4.7.1 Too many recipients", "rate-limited"),
    ("450 4.7.1 Recipient address rejected: Greylisted", "rate-limited"),
    ("554 5.7.1 Client host [192.0.2.9] blocked using dnsbl.example", "blocked"),
    ("550 5.7.25 No PTR record for 192.0.2.9", "blocked"),
    ("554 5.7.1 <bo@x.example>: Relay access denied", "policy"),
    ("550 5.7.1 Not allowed by our policy", "policy"),
    ("550 5.6.0 Malformed MIME header", "content"),
    ("Connection timed out", "network"),
    ("550 5.4.7 Message expired", "expired"),
    ("500 5.5.2 Syntax error", "protocol"),
    ("451 4.3.0 Internal software error", "system"),
    ("550 Rejected", "other"),
    ("", "other"),
    ("Empfänger unbekannt", "unknown-user"),
    ("Adresse introuvable", "unknown-user"),
    ("El usuario no existe", "unknown-user"),
    ("O destinatário não existe", "unknown-user"),
    ("L'indirizzo non esiste", "unknown-user"),
    ("Получатель не существует", "unknown-user"),
    ("宛先が見つかりません", "unknown-user"),
    ("收件人不存在", "unknown-user"),
    ("La boîte du destinataire est pleine", "mailbox-full"),
    ("Il dominio non esiste", "unknown-host"),
]


@pytest.mark.parametrize(("diagnostic", "reason"), SAID)
def test_a_diagnostic_tells_its_reason(diagnostic: str, reason: str) -> None:
    assert reason_of(diagnostic, status_of(diagnostic)) == reason


def test_an_address_that_looks_like_a_reason_is_none() -> None:
    said = "<user-unknown@no-such-domain.example>: https://help.example/user-unknown see there"
    assert reason_of(said, None) == "other"


@pytest.mark.parametrize(
    ("diagnostic", "declared", "status"),
    [
        ("550 5.7.1 no", "5.0.0", "5.7.1"),
        ("550 5.0.0 no", "5.2.1", "5.2.1"),
        ("from 10.5.1.1 by 5.1.1.7", None, None),
        ("no", "5.2.0 (over quota)", "5.2.0"),
        ("250 2.0.0 queued", "4.4.7", "4.4.7"),
    ],
)
def test_the_status_that_says_most_is_taken(
    diagnostic: str, declared: str | None, status: str | None
) -> None:
    assert status_of(diagnostic, declared) == status


def test_every_table_speaks_of_known_reasons() -> None:
    named = {
        reason for table in (DECISIVE, REFUSED, UNKNOWN, FOREIGN, GENERAL) for reason, _ in table
    }
    named |= {*BY_STATUS.values(), *BY_SUBJECT.values(), *BY_REPLY.values()}
    assert named <= HARD.keys()


NAMES = st.sampled_from(
    ["auto-submitted", "return-path", "subject", "from", "x-failed-recipients", "in-reply-to",
     "to", "precedence", "x-autoreply", "references", "content-type"]
)  # fmt: skip
TYPES = st.sampled_from(
    ["multipart/report; report-type=delivery-status; boundary=x", "text/plain", "multipart/mixed",
     "message/delivery-status", "text/calendar; method=reply", "multipart/report; boundary*=x",
     "message/feedback-report", "multipart/report; report-type*0*=%%; boundary=x"]
)  # fmt: skip


@settings(max_examples=300)
@given(
    st.dictionaries(NAMES, st.lists(st.text(max_size=60), max_size=2)),
    TYPES,
    st.text(max_size=400),
    st.sampled_from([None, "", "mailer-daemon", "postmaster@x", "x@sns.amazonaws.com"]),
)
def test_any_headers_and_words_have_a_kind(
    headers: dict[str, list[str]], content_type: str, text: str, sender: str | None
) -> None:
    message: Message = email.message_from_string(
        f"Content-Type: {content_type}\n\n--x\nContent-Type: message/delivery-status\n\n{text}"
    )
    found = classify(message, headers, text, sender)
    assert (found.bounce is not None) == (found.kind == "bounce")
    assert (found.complaint is not None) == (found.kind == "complaint")
    assert found.automatic or found.kind == "message"
    assert found.bounce is None or found.bounce.hard is HARD[found.bounce.reason]


@given(st.binary(max_size=2000))
def test_any_bytes_in_a_report_have_a_kind(raw: bytes) -> None:
    head = b"From: mailer-daemon@x\nContent-Type: multipart/report; boundary=x;"
    parse(
        head + b" report-type=delivery-status\n\n--x\nContent-Type: message/delivery-status\n" + raw
    )


@pytest.mark.parametrize(
    "filler",
    ["user " * 9, "a@b ", "<<< 550 ", "5.1.1 ", "mailbox is is is ", "\n", ">>> rcpt ", "x" * 90,
     "Final-Recipient: rfc822; a@b\n\n", "宛先", "message-id: ", "-" * 39, "(((" ],
)  # fmt: skip
def test_a_huge_notice_takes_no_more_time_than_its_first_pages(filler: str) -> None:
    """Forty times the length of what is read closely: by its length it would take forty times."""
    pages, huge = ((filler * (size // len(filler))) for size in (50_000, 2_000_000))
    assert _seconds(huge) < 8 * _seconds(pages) + 0.05


def _seconds(text: str) -> float:
    """CPU time of the quickest of three readings: others at work make some of them slow."""
    message: Message = email.message_from_string("Subject: Delivery failed\n\n")
    spent = []
    for _ in range(3):
        started = time.process_time()
        classify(message, {"subject": ["Delivery failed"]}, text, "mailer-daemon@x.example")
        spent.append(time.process_time() - started)
    return min(spent)


def test_an_ordinary_mail_is_told_at_once() -> None:
    message: Message = email.message_from_string("Subject: Invoice\nFrom: ana@x.example\n\nHi")
    headers = {"subject": ["Where is my invoice?"], "from": ["Ana <ana@x.example>"]}
    text = "Where is it? " * 500
    spent = []
    for _ in range(200):
        started = time.process_time()
        classify(message, headers, text, "ana@x.example")
        spent.append(time.process_time() - started)
    assert sorted(spent)[100] < 0.001  # 100 µs are the aim; ten times that is a fault
