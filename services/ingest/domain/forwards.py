"""A mail that somebody forwards: whose it is really.

What an agent forwards to the help desk is the customer's mail, whether it hangs below as a file
(message/rfc822) or stands in the text under its header lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.domain import headers
from services.ingest.domain import mail as mails
from services.ingest.domain.headers import Person
from services.ingest.domain.mail import ParsedMail
from services.ingest.domain.subjects import is_forward
from services.ingest.domain.trimming.header_names import FROM
from services.ingest.domain.trimming.headers import block_end, role

_MAIL_TYPES = ("message/rfc822", "message/global")
_LARGEST = 1_048_576  # bytes of a forwarded mail that are read for its sender
_LINES = 400  # lines of a body in which the header lines are looked for
_ADORNMENT = " \t\xa0*_>|•"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The mail inside. message_id: its own, None where nothing says it."""

    sender: Person
    text: str
    message_id: str | None


def forwarded(mail: ParsedMail) -> Forwarded | None:
    """What a mail forwards: the attached mail, else the one below its header lines; None if none.

    A mail with an attached one counts whatever its subject is; the header lines below a text do
    only where the subject has a mark such as `Fwd:`, since answers quote in the same way.
    """
    if mail.kind != "message":
        return None
    return _attached(mail) or (_below(mail) if is_forward(mail.subject) else None)


def _attached(mail: ParsedMail) -> Forwarded | None:
    for file in mail.files:
        if file.media_type in _MAIL_TYPES and len(file.content) <= _LARGEST:
            inner = mails.parse(file.content)
            if inner.sender.address is not None:
                return Forwarded(inner.sender, inner.text, inner.own_message_id)
    return None


def _below(mail: ParsedMail) -> Forwarded | None:
    for body in (mail.quoted, mail.text):
        lines = body.splitlines()
        shown = [line.strip(_ADORNMENT) for line in lines[:_LINES]]
        found = _block(shown)
        if found is not None:
            sender, end = found
            below = "\n".join(lines[end:]).strip("\n")
            return Forwarded(sender, below or mail.text, None)
    return None


def _block(lines: Sequence[str]) -> tuple[Person, int] | None:
    """Who the first block of header lines is from, if it gives an address, and where it ends."""
    for start, line in enumerate(lines):
        end = block_end(lines, start, announced=start > 0) if role(line) else None
        if end is None:
            continue
        named = [_value(one) for one in lines[start:end] if role(one) == FROM]
        found = [person for person in headers.people(named) if person.address]
        if found:
            return found[0], end
    return None


def _value(line: str) -> str:
    value = re.split(r"[:：\t]", line, maxsplit=1)[-1].strip(_ADORNMENT)
    # Outlook writes `Ana Gil [mailto:ana@example.com]`, Markdown makers `<mailto:…>` behind it.
    return re.sub(r"\[(?:mailto:)?([^\[\]\s]+@[^\[\]\s]+)\]|<mailto:[^<>]*>", r"<\1>", value)
