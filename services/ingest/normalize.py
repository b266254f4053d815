"""The command `normalize`: what each of some mails says, as one line of JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from services.ingest.domain import mail as mails
from services.ingest.domain.files import File
from services.ingest.domain.headers import Person
from services.ingest.domain.mail import ParsedMail

# JSON allows them in strings, but many programs that read by lines end a line there.
_BREAKS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}


def normalize(names: Sequence[str]) -> int:
    """Print what the mails in these files say, `-` being stdin.

    Exit code 0, or 1 where a file could not be read: the others are printed all the same.
    """
    code = 0
    for name in names:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            sys.stderr.write(f"normalize: {name!r} cannot be read: {reason}\n")
            code = 1
            continue
        sys.stdout.buffer.write(line(name, mails.parse(raw)) + b"\n")
        sys.stdout.buffer.flush()
    return code


def line(name: str, mail: ParsedMail) -> bytes:
    """One mail as JSON in UTF-8 on one line; its fields are those of `normalized`."""
    said = json.dumps({"file": name} | normalized(mail), ensure_ascii=False)
    return said.translate(_BREAKS).encode(errors="backslashreplace")


def normalized(mail: ParsedMail) -> dict[str, Any]:
    """What the mail itself says, by the names that docs/parsing.md explains.

    message_id is null where the mail has none: a derived one is for storage only. Ids stand in
    angle brackets, content ids do not. date: ISO 8601 in UTC.
    """
    return {
        "kind": mail.kind,
        "from": _person(mail.sender),
        "to": _people(mail.to),
        "cc": _people(mail.cc),
        "reply_to": _people(mail.reply_to),
        "subject": mail.subject,
        "message_id": mail.own_message_id,
        "in_reply_to": next(iter(mail.in_reply_to), None),
        "references": list(mail.references),
        "date": mail.sent_at.isoformat() if mail.sent_at else None,
        "text": mail.text,
        "quoted": mail.quoted,
        "has_html": mail.html is not None,
        "language": mail.language,
        "attachments": [_file(file) for file in mail.files],
        "bounce": _bounce(mail),
        "warnings": list(mail.warnings),
    }


def _person(person: Person) -> Mapping[str, str | None]:
    return {"name": person.name, "address": person.address}


def _people(people: Sequence[Person]) -> list[Mapping[str, str | None]]:
    return [_person(person) for person in people]


def _file(file: File) -> Mapping[str, Any]:
    return {
        "name": file.name or None,
        "media_type": file.media_type,
        "size": len(file.content),
        "md5": file.md5,
        "sha256": file.sha256,
        "inline": file.inline,
        "content_id": file.content_id,
    }


def _bounce(mail: ParsedMail) -> Mapping[str, Any] | None:
    if mail.bounce is None:
        return None
    return {
        "recipient": mail.bounce.recipient,
        "status": mail.bounce.status,
        "hard": mail.bounce.hard,
        "reason": mail.bounce.reason,
        "original_message_id": mail.bounce.original_message_id,
    }
