"""A message on its way out as the bytes of a mail: the same bytes whenever it is written again."""

from dataclasses import dataclass
from email.charset import QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from uuid import UUID

from services.ingest.domain.accounts import is_mail_address
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Message
from services.ingest.domain.texts import one_line

_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_WIRE = compat32.clone(linesep="\r\n", max_line_length=0)


class Unaddressable(ValueError):
    """The message has no address that a mail could go to or come from."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready for SMTP: reverse path, recipient, and the bytes with CRLF line ends."""

    sender: str
    recipient: str
    data: bytes


def header_id(request_id: UUID, domain: str) -> str:
    """The Message-ID of the mail that answers a request: a repeat has the same."""
    return f"<{request_id}@{domain}>"


def letter(message: Message, kind: str) -> Letter:
    """Writes an outbound message down. kind: why it is sent, such as `acknowledgement`.

    Raises Unaddressable where sender or recipient is no mail address.
    """
    sender = _routable(message.sender)
    recipient = _routable(message.to[0] if message.to else Person(None, None))
    mail = _body(message)
    mail["From"] = _address(message.sender, sender)
    mail["To"] = _address(message.to[0], recipient)
    mail["Subject"] = _encoded(message.subject or "")
    mail["Date"] = format_datetime(message.sent_at or message.received_at)
    mail["Message-ID"] = message.header_id or header_id(message.id, "localhost")
    if message.in_reply_to and message.in_reply_to.isascii():
        mail["In-Reply-To"] = message.in_reply_to
    if references := [header for header in message.references if header.isascii()]:
        mail["References"] = "\n ".join(references)
    if message.automatic:
        # RFC 3834 §5: an answer to somebody's mail, or sent of our own accord.
        mail["Auto-Submitted"] = "auto-replied" if kind == "acknowledgement" else "auto-generated"
    return Letter(sender, recipient, mail.as_bytes(policy=_WIRE))


def _body(message: Message) -> MIMEText | MIMEMultipart:
    plain = MIMEText(message.text, "plain", _UTF8)  # type: ignore[arg-type]
    if not message.html:
        return plain
    both = MIMEMultipart("alternative", boundary=f"=_{message.id.hex}")
    both.attach(plain)
    both.attach(MIMEText(message.html, "html", _UTF8))  # type: ignore[arg-type]
    return both


def _routable(person: Person) -> str:
    """The address in ASCII: international domains by their IDNA name."""
    address = person.address or ""
    if not is_mail_address(address):
        raise Unaddressable("there is no mail address to send it to")
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise Unaddressable("the domain of the mail address cannot exist") from None


def _address(person: Person, address: str) -> str:
    return formataddr((one_line(person.name or "", 200), address))


def _encoded(text: str) -> str:
    line = one_line(text, 900)
    charset = None if line.isascii() else "utf-8"
    return Header(line, charset, maxlinelen=76, header_name="Subject").encode(linesep="\n")
