"""Notices of mail systems, written for the tests."""

from email.message import EmailMessage

from services.ingest.domain.kinds import Bounce
from services.ingest.domain.mail import ParsedMail, parse

ORIGINAL = "<order-4711@shop.example>"
RETURNED = f"From: help@shop.example\nSubject: Your order\nMessage-ID: {ORIGINAL}\n"


def mail(text: str, **headers: str) -> ParsedMail:
    """A plain mail to help@shop.example, parsed; `_` in a header's name stands for `-`."""
    lines = {"From": "Ana <ana@people.example>", "To": "help@shop.example", "Subject": "Hello"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    message = EmailMessage()
    for name, value in lines.items():
        message[name] = value
    message.set_content(text, cte="base64")
    return parse(message.as_bytes())


def notice(text: str, **headers: str) -> ParsedMail:
    """A mail of a mail system with the empty return path."""
    lines = {
        "From": "Mail Delivery System <mailer-daemon@mx.example>",
        "Return_Path": "<>",
        "Subject": "Mail delivery failed",
    }
    return mail(text, **(lines | headers))


def bounced(parsed: ParsedMail) -> Bounce:
    """The bounce that a mail is; a failed test where it is none."""
    assert parsed.kind == "bounce"
    assert parsed.automatic
    assert parsed.bounce is not None
    return parsed.bounce


def report(
    fields: str,
    *,
    text: str = "Your mail could not be delivered.",
    returned: str = RETURNED,
    kind: str = "delivery-status",
) -> bytes:
    """A multipart/report; `fields` are those of its second part, `kind` is its report type."""
    return (
        "From: Mail Delivery System <mailer-daemon@mx.example>\n"
        "To: help@shop.example\n"
        "Subject: Undeliverable: Your order\n"
        "MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="=x"\n\n'
        f"--=x\nContent-Type: text/plain\n\n{text}\n"
        f"--=x\nContent-Type: message/{kind}\n\n{fields}\n"
        f"--=x\nContent-Type: text/rfc822-headers\n\n{returned}\n--=x--\n"
    ).encode()


def failed(recipient: str, status: str, diagnostic: str, action: str = "failed") -> str:
    """The fields of a delivery report on one recipient."""
    return (
        "Reporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\n"
        f"Status: {status}\nDiagnostic-Code: smtp; {diagnostic}\n"
    )
