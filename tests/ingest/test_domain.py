"""What ingest decides without I/O: which thread a message joins, how answers leave."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain import texts
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
from services.ingest.domain.mail import parse
from services.ingest.domain.messages import Message

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
READABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1)


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
