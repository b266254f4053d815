"""A message on its way out as the bytes of a mail: the same bytes whenever it is written again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import idna

from services.ingest.domain import header_lines, mime
from services.ingest.domain.accounts import is_mail_address
from services.ingest.domain.dkim_signature import signature
from services.ingest.domain.headers import Person
from services.ingest.domain.marks import OWN_HEADER
from services.ingest.domain.messages import Message

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Unaddressable(ValueError):
    """The message has no address that a mail could go to or come from."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready for SMTP: reverse path, recipient, and the bytes with CRLF line ends."""

    sender: str
    recipient: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs for a domain: its selector, and the private key as PEM."""

    domain: str
    selector: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Style:
    """What an account adds to its mails, and a request to this one.

    from_name: shown instead of the account's. token: signed detail for Reply-To. unsubscribe: URL.
    """

    from_name: str | None = None
    token: str | None = None
    unsubscribe: str | None = None
    signer: Signer | None = None


def header_id(request_id: UUID, domain: str) -> str:
    """The Message-ID of the mail that answers a request: a repeat has the same."""
    return f"<{request_id}@{domain}>"


def letter(
    message: Message,
    kind: str,
    style: Style | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Letter:
    """Writes an outbound message down. kind: why it is sent, such as `acknowledgement`.

    files: bytes of its attachments by blob key. Raises Unaddressable where sender or recipient is
    no mail address, UnusableKey for a bad DKIM key, KeyError for a missing file.
    """
    style = style or Style()
    sender = _routable(message.sender)
    to = message.to[0] if message.to else Person(None, None)
    recipient = _routable(to)
    lines = [
        header_lines.mailbox("From", style.from_name or message.sender.name, sender),
        header_lines.mailbox("To", to.name, recipient),
        *_reply_to(style, sender),
        header_lines.unstructured("Subject", message.subject or ""),
        f"Date: {_date(message.sent_at or message.received_at)}",
        *_thread(message),
        *_marks(message, kind, style),
        "MIME-Version: 1.0",
    ]
    part_head, _, body = mime.body(message, files or {}).partition(b"\r\n\r\n")
    lines.append(part_head.decode("ascii"))
    if style.signer is not None:
        lines.insert(0, _signed(lines, body, style.signer))
    return Letter(sender, recipient, "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body)


def _thread(message: Message) -> list[str]:
    known = message.header_id or header_id(message.id, "localhost")
    # Some relays give mails a Message-ID of their own; by this line we still know ours.
    lines = [f"Message-ID: {known}", f"{OWN_HEADER}: {message.id}"]
    for name, ids in (
        ("In-Reply-To", (message.in_reply_to or "",)),
        ("References", message.references),
    ):
        if fitting := [id for id in map(_single, ids) if id]:
            lines.append(header_lines.tokens(name, fitting))
    return lines


def _single(id: str) -> str:
    """A message id as one ASCII word, or nothing: others' ids are not always fit to be sent."""
    fits = id.isascii() and id.isprintable() and " " not in id
    return id if fits and len(id) <= header_lines.LONGEST_ID else ""


def _marks(message: Message, kind: str, style: Style) -> list[str]:
    lines = []
    if message.automatic:
        # RFC 3834 §5: an answer to somebody's mail, or sent of our own accord.
        word = "auto-replied" if kind == "acknowledgement" else "auto-generated"
        lines.append(f"Auto-Submitted: {word}")
    if style.unsubscribe and (url := _single(style.unsubscribe)):
        lines.append(header_lines.tokens("List-Unsubscribe", [f"<{url}>"]))
        if url.lower().startswith("https:"):
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")  # RFC 8058 §3.1
    return lines


def _reply_to(style: Style, sender: str) -> list[str]:
    local, _, domain = sender.rpartition("@")
    # RFC 5321 §4.5.3.1.1: no more than 64 characters before the @.
    if style.token is None or len(local) + 1 + len(style.token) > 64:
        return []
    return [f"Reply-To: {local}+{style.token}@{domain}"]


def _signed(lines: list[str], body: bytes, signer: Signer) -> str:
    whole = "\r\n".join(lines).split("\r\n")
    single: list[str] = []
    for line in whole:
        if line[:1] in (" ", "\t"):
            single[-1] += f"\r\n{line}"
        else:
            single.append(line)
    return signature(single, body, domain=signer.domain, selector=signer.selector, key=signer.key)


def _routable(person: Person) -> str:
    """The address in ASCII: international domains by their IDNA name."""
    address = person.address or ""
    if not is_mail_address(address):
        raise Unaddressable("there is no mail address to send it to")
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        raise Unaddressable("the domain of the mail address cannot exist") from None


def _date(at: datetime) -> str:
    """RFC 5322 §3.3, in UTC; by hand, since strftime asks the locale for its names."""
    at = at.astimezone(UTC)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} "
        f"{at:%H:%M:%S} +0000"
    )
