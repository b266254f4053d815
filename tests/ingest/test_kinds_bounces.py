"""Bounces: who did not get which mail, why, and whether for good."""

import pytest

from services.ingest.domain.mail import parse
from tests.ingest.notices import ORIGINAL, RETURNED, bounced, failed, mail, notice, report


def test_a_delivery_report_names_recipient_status_reason_and_mail() -> None:
    fields = failed("bo@gone.example", "5.1.1", "550 5.1.1 <bo@gone.example>: User unknown")
    bounce = bounced(parse(report(fields)))
    assert (bounce.recipient, bounce.status) == ("bo@gone.example", "5.1.1")
    assert (bounce.reason, bounce.hard) == ("unknown-user", True)
    assert bounce.original_message_id == ORIGINAL


def test_the_address_as_it_was_written_to_counts_before_where_it_was_forwarded() -> None:
    fields = failed("inner@host.example", "5.2.2", "552 Mailbox full").replace(
        "Final-", "Original-Recipient: rfc822;bo@firm.example\nFinal-"
    )
    assert bounced(parse(report(fields))).recipient == "bo@firm.example"


def test_the_remote_servers_own_status_counts_before_the_reporters() -> None:
    bounce = bounced(parse(report(failed("bo@x.example", "5.0.0", "550 5.7.1 Message refused"))))
    assert (bounce.status, bounce.hard) == ("5.7.1", False)


def test_of_several_recipients_the_one_that_will_never_work_counts() -> None:
    both = failed("full@x.example", "5.2.2", "552 Mailbox full") + "\n"
    both += failed("gone@x.example", "5.1.1", "550 No such user")
    bounce = bounced(parse(report(both)))
    assert (bounce.recipient, bounce.hard) == ("gone@x.example", True)


def test_a_server_that_goes_on_trying_has_not_failed_for_good() -> None:
    fields = failed("bo@x.example", "4.4.1", "Host unknown, no such domain", action="delayed")
    assert not bounced(parse(report(fields))).hard


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_of_success_is_no_bounce(action: str) -> None:
    parsed = parse(report(failed("bo@x.example", "2.0.0", "250 OK", action=action)))
    assert (parsed.kind, parsed.bounce) == ("auto-reply", None)


def test_a_report_without_a_word_of_why_is_read_from_its_text() -> None:
    fields = "Final-Recipient: rfc822; bo@x.example\nAction: failed\nStatus: 5.0.0"
    said = "These could not be reached:\n\nbo@x.example: Domain does not exist\n"
    bounce = bounced(parse(report(fields, text=said)))
    assert (bounce.reason, bounce.recipient) == ("unknown-host", "bo@x.example")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        # qmail, Exim, Postfix, sendmail, Exchange, Domino and Gmail have such forms.
        (
            "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver"
            " your message.\n\n<bo@x.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
            "unknown-user",
        ),
        (
            "A message that you sent could not be delivered to all of its recipients.\n\n"
            "  bo@x.example\n    host mx.x.example [192.0.2.7]: 552 5.2.2 over quota\n",
            "mailbox-full",
        ),
        (
            "This is the mail system at host mx.example.\n\n<bo@x.example>: Host or domain name not"
            " found. Name service error for\n    name=x.example type=AAAA: Host not found\n",
            "unknown-host",
        ),
        (
            "   ----- Transcript of session follows -----\n... while talking to mx.x.example.:\n"
            ">>> RCPT To:<bo@x.example>\n<<< 550 5.7.1 Client host blocked by zen.spamhaus.org\n",
            "blocked",
        ),
        (
            "Your message\n\n  To: bo@x.example\n\ndid not reach the following recipient(s):\n\n"
            "bo@x.example on Mon, 2 Mar 2026 10:00:00\n    The recipient name is not recognized\n",
            "unknown-user",
        ),
        (
            "Die folgende Nachricht konnte nicht zugestellt werden.\n\n"
            "bo@x.example: Das Postfach des Empfängers ist voll\n",
            "mailbox-full",
        ),
        ("Votre message n'a pas pu être remis\nbo@x.example : utilisateur inconnu", "unknown-user"),
        ("No se ha podido entregar a\nbo@x.example: la cuenta no existe", "unknown-user"),
        ("次のあて先に配信できません。\nbo@x.example: ユーザが存在しません", "unknown-user"),
        ("您的邮件被退回。\nbo@x.example: 收件人邮箱已满", "mailbox-full"),
        ("Не может быть доставлено\nbo@x.example: пользователь не найден", "unknown-user"),
    ],
)  # fmt: skip
def test_a_notice_in_free_words_is_understood(text: str, reason: str) -> None:
    bounce = bounced(notice(f"{text}\n--- Below this line is a copy of the message.\n\n{RETURNED}"))
    assert (bounce.reason, bounce.recipient) == (reason, "bo@x.example")
    assert bounce.original_message_id == ORIGINAL


def test_a_bounce_without_the_returned_mail_answers_it() -> None:
    bounce = bounced(notice("<bo@x.example>: 550 User unknown", In_Reply_To=ORIGINAL))
    assert bounce.original_message_id == ORIGINAL


def test_a_user_who_is_unknown_only_once_the_mail_was_sent_is_filtered_and_not_gone() -> None:
    text = "... while talking to mx.x.example.:\n>>> DATA\n<<< 550 Unknown user bo@x.example\n"
    bounce = bounced(parse(report(failed("bo@x.example", "5.2.0", "550 Unknown user"), text=text)))
    assert (bounce.reason, bounce.hard) == ("filtered", False)


def test_a_writer_who_was_refused_is_no_verdict_on_the_recipient() -> None:
    text = "  bo@x.example\n    error after MAIL FROM:<help@shop.example>: 550 No such domain\n"
    bounce = bounced(notice(f"Your mail could not be delivered:\n\n{text}"))
    assert (bounce.reason, bounce.hard) == ("sender-refused", False)


def test_amazons_notification_in_json_is_a_bounce() -> None:
    text = (
        '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":'
        '"bo@x.example","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 user'
        ' unknown"}]},"mail":{"commonHeaders":{"messageId":"<order-4711@shop.example>"}}}'
    )
    sns = "SES <no-reply@sns.amazonaws.com>"
    bounce = bounced(mail(text, From=sns, Subject="AWS Notification Message"))
    assert (bounce.recipient, bounce.hard) == ("bo@x.example", True)
    assert bounce.original_message_id == ORIGINAL


def test_a_notification_of_amazon_about_something_else_is_a_message() -> None:
    assert mail('{"hello": 1}', From="no-reply@sns.amazonaws.com").kind == "message"


def test_a_list_manager_that_took_no_mail_bounced_it() -> None:
    fml = {"From": "cats-admin@lists.example", "X_MLServer": "fml"}
    refused = mail("NOT MEMBER article from help@shop.example", Subject="NOT MEMBER article", **fml)
    assert bounced(refused).hard is False
    assert mail("Welcome to the list", Subject="Welcome", **fml).kind == "message"


TALK = (
    "Hi, I wrote to bo@x.example and got this back:\n\n"
    "> This is the mail system at host mx.example.\n"
    "> <bo@x.example>: host mx.x.example said: 550 5.1.1 User unknown\n\n"
    "The message could not be delivered, what can I do? Undelivered Mail Returned to Sender\n"
)


@pytest.mark.parametrize(
    "headers",
    [
        {"Subject": "Undelivered Mail Returned to Sender"},
        {"Subject": "Fwd: Delivery Status Notification (Failure)"},
        {"Subject": "Mail delivery failed: returning message to sender", "In_Reply_To": "<1@x>"},
        {"Subject": "Re: Undeliverable", "From": "postmaster@firm.example", "In_Reply_To": "<1@x>"},
        {"Subject": "550 5.1.1 user unknown", "Return_Path": "<ana@people.example>"},
        {"Subject": "Bounce", "List_Id": "<mail.example>", "Precedence": "list"},
    ],
)
def test_people_who_write_of_bounces_are_people(headers: dict[str, str]) -> None:
    assert mail(TALK, **headers).kind == "message"


def test_a_bounce_that_somebody_forwards_as_a_file_is_a_message() -> None:
    inner = report(failed("bo@x.example", "5.1.1", "550 User unknown")).decode()
    raw = (
        "From: ana@people.example\nTo: help@shop.example\nSubject: Undeliverable?\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=o"\n\n'
        "--=o\nContent-Type: text/plain\n\nWhat is this?\n"
        f"--=o\nContent-Type: message/rfc822\n\n{inner}\n--=o--\n"
    )
    assert parse(raw.encode()).kind == "message"


@pytest.mark.parametrize(
    "text",
    [
        "Your parcel could not be delivered today. We will try again tomorrow.",
        "Your password was changed. If this was not you, contact us.",
    ],
)
def test_what_a_system_says_of_other_things_than_mail_is_a_message(text: str) -> None:
    shop = {"From": "no-reply@parcels.example", "Return_Path": "<>", "Subject": "Delivery failed"}
    assert mail(text, **shop).kind == "message"
