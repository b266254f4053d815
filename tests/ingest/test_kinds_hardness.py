"""What makes a bounce hard, and what only sounds as if it did."""

import pytest

from services.ingest.domain.kinds.reasons import HARD, reason_of, status_of
from services.ingest.domain.mail import parse
from tests.ingest.notices import bounced, failed, notice, report


@pytest.mark.parametrize(
    ("diagnostic", "reason"),
    [
        # Nobody has found out yet.
        ("450 4.1.1 <bo@x.example>: Recipient address rejected: unverified address:"
         " Address verification in progress", "network"),
        ("450 4.1.1 <bo@x.example>: Recipient address rejected: unverified address: connect to"
         " mx.x.example[192.0.2.1]:25: Connection timed out", "network"),
        ("550 5.1.1 <bo@x.example>: Recipient address rejected: undeliverable address:"
         " conversation with mx.x.example timed out", "network"),
        ("5.1.2 - Bad destination host ('DNS Soft Error looking up x.example (MX) while asking"
         " 192.0.2.53. Error was: query timed out')", "network"),
        ("451 4.1.2 Domain not found: SERVFAIL for x.example", "network"),
        # Said of many addresses, or of whoever writes to them.
        ("421 4.7.0 Too many invalid recipients", "rate-limited"),
        ("452 4.2.1 Too many unknown users from 192.0.2.9", "rate-limited"),
        ("554 The percentage of invalid recipients is too high", "rate-limited"),
        ("550 5.7.1 Blocked: mails to unknown users (directory harvest attack)", "blocked"),
        ("554 5.7.1 192.0.2.9 is blacklisted for sending to nonexistent users", "blocked"),
        # Said of the sender.
        ("550 your return path user unknown", "sender-refused"),
        ("550 5.1.1 Return-Path address does not exist", "sender-refused"),
        ("550 From address does not exist", "sender-refused"),
        ("550 Callback verification failed: sender mailbox does not exist", "sender-refused"),
        ("553 The sender's mail host could not be found: unknown host", "sender-refused"),
        # Said of the mail.
        ("550 mailbox unavailable: message content rejected", "content"),
        ("550 mailbox unavailable, rejected by policy", "policy"),
        ("550 5.1.1 mail to bo not accepted: size exceeds maximum", "too-big"),
        ("550 URL in message: domain does not exist", "content"),
        ("550 5.1.1 The address is on the suppression list of your account", "policy"),
    ],
)  # fmt: skip
def test_what_is_not_said_of_the_recipient_or_only_for_now_is_soft(
    diagnostic: str, reason: str
) -> None:
    assert reason_of(diagnostic, status_of(diagnostic)) == reason
    assert not HARD[reason]


@pytest.mark.parametrize("status", ["4.1.1", "4.1.2", "4.1.6", "4.1.10", "4.4.4", "4.7.17"])
def test_a_status_for_now_makes_no_bounce_hard_by_itself(status: str) -> None:
    bounce = bounced(parse(report(failed("bo@x.example", status, "450 Action not taken"))))
    assert (bounce.status, bounce.hard) == (status, False)


def test_a_status_for_now_beside_words_that_are_plain_leaves_them_believed() -> None:
    assert bounced(parse(report(failed("bo@x.example", "4.1.1", "450 No such user here")))).hard


@pytest.mark.parametrize(
    ("diagnostic", "reason"),
    [
        ("smtp; 550 #5.1.0 Address rejected.", "unknown-user"),
        ("smtp; 550 #5.1.0 Address rejected bo@x.example", "unknown-user"),
        ("smtp; 550 5.1.0 Address rejected (in reply to RCPT TO command)", "unknown-user"),
        ("550 permanent failure for one or more recipients (bo@x.example:no such recipient)",
         "unknown-user"),
        ("550 permanent failure for one or more recipients (bo@x.example:550 #5.1.0 Address"
         " rejected.)", "unknown-user"),
        ("550 non-local recipient verification failed", "unknown-user"),
        ("550 5.4.1 All recipient addresses rejected : Access denied", "unknown-user"),
        ("550 5.1.1 This account has been closed", "unknown-user"),
        ("550 Account closed due to inactivity", "unknown-user"),
        ("550 LDAP: no such object", "unknown-user"),
        ("550 Employee no longer with company", "moved"),
        ("550 Bo is no longer employed at X", "moved"),
        ("550 That person does not work here", "moved"),
        ("550 5.0.0 bo@x.example has left", "moved"),
        ("550 The recipient has left us.", "moved"),
        ("550 Email address has been retired", "moved"),
        ("521 5.2.1 x.example does not accept mail", "not-accepting"),
        ("No mail servers appear to exist for the recipient", "unknown-host"),
        ("The domain name (x.example) does not appear to be registered", "unknown-host"),
    ],
)  # fmt: skip
def test_a_user_who_is_unknown_or_gone_is_hard_in_whatever_words(
    diagnostic: str, reason: str
) -> None:
    assert reason_of(diagnostic, status_of(diagnostic)) == reason
    assert HARD[reason]


@pytest.mark.parametrize(
    ("diagnostic", "reason"),
    [
        ("550 5.2.1 The account is temporarily closed", "disabled"),
        ("550 Sender address rejected.", "sender-refused"),
        ("The message has left our system and bounced: 552 5.2.2 over quota", "mailbox-full"),
        ("550 x.example does not accept mail from dynamic addresses", "blocked"),
    ],
)
def test_words_that_sound_like_a_lost_address_are_heard_to_their_end(
    diagnostic: str, reason: str
) -> None:
    assert reason_of(diagnostic, status_of(diagnostic)) == reason


def test_a_filter_that_shows_the_command_it_was_at_had_its_recipient_taken() -> None:
    said = "550 5.4.1 All recipient addresses rejected : Access denied"
    text = f"bo@x.example\n\n-------server message\n{said}\n\n-------SMTP command\nDATA\n"
    assert bounced(notice(text)).reason == "filtered"
