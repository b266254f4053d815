"""The mail sink keeps what it takes, and fails when asked to."""

import smtplib
from email.message import EmailMessage

import pytest

from deploy.local.mail_sink import MailSink


def _mail(recipient: str, text: str = "Grüße aus 東京") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "shop@example.com", recipient, "忘記密碼"
    mail.set_content(text)
    return mail


def _send(sink: MailSink, mail: EmailMessage) -> None:
    with smtplib.SMTP(sink.host, sink.port, timeout=10) as client:
        client.send_message(mail)


async def test_a_mail_is_kept_as_it_came(mail_sink: MailSink) -> None:
    _send(mail_sink, _mail("ada@example.com"))
    [mail] = await mail_sink.wait_for("ada@example.com")
    assert (mail.sender, mail.recipients) == ("shop@example.com", ("ada@example.com",))
    assert mail.message["Subject"] == "忘記密碼"
    assert mail.message.get_content().strip() == "Grüße aus 東京"


def test_mails_kept_before_a_kill_are_there_after_it(mail_sink: MailSink) -> None:
    _send(mail_sink, _mail("before@example.com"))
    mail_sink.restart(immediate=True)
    _send(mail_sink, _mail("after@example.com"))
    [before], [after] = mail_sink.mails("before@example.com"), mail_sink.mails("after@example.com")
    assert before.number < after.number


@pytest.mark.parametrize("code", [451, 550])
def test_a_recipient_can_ask_to_be_refused(mail_sink: MailSink, code: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        _send(mail_sink, _mail(f"x@{code}.test"))
    assert refused.value.recipients[f"x@{code}.test"][0] == code


def test_a_recipient_can_ask_that_the_answer_be_lost(mail_sink: MailSink) -> None:
    with pytest.raises(smtplib.SMTPServerDisconnected):
        _send(mail_sink, _mail("y@lost.test"))
    assert len(mail_sink.mails("y@lost.test")) == 1
