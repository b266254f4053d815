"""A raw mail to what it says: read to the end whatever its bytes are, and never raising."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from uuid import UUID

from services.ingest.domain import bodies, headers, hypertext, structure, texts
from services.ingest.domain.bodies import Bodies
from services.ingest.domain.charsets import decode
from services.ingest.domain.files import File
from services.ingest.domain.headers import Person
from services.ingest.domain.kinds import Bounce, Complaint, Kind, classify
from services.ingest.domain.languages import language_of
from services.ingest.domain.structure import Part
from services.ingest.domain.trimming import Trimmed, trim

_DERIVED = "@no-message-id.invalid>"

MOST_REFERENCES = 100
"""References that a thread is looked for by: the first, and the last of the others."""


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What a mail says. Nothing in it needs further cleaning; times are UTC.

    text: what the person wrote, never empty where the mail says anything; quoted: the rest of the
    body. html: all of it, sanitised, or None. language: of `text`, where it can be told.
    message_id: derived from the content where the mail has none, see `own_message_id`. identity:
    the same for copies of one mail that went different ways, another for a different mail under a
    reused Message-ID. automatic: no robot may answer it. warnings: what was wrong with it.
    """

    kind: Kind
    sender: Person
    reply_to: tuple[Person, ...]
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    subject: str
    sent_at: datetime | None
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    automatic: bool
    text: str
    quoted: str
    html: str | None
    language: str | None
    files: tuple[File, ...]
    bounce: Bounce | None
    complaint: Complaint | None
    warnings: tuple[str, ...]
    identity: UUID

    @property
    def own_message_id(self) -> str | None:
        """The Message-ID that the mail has itself; None where `message_id` is derived."""
        return None if self.message_id.endswith(_DERIVED) else self.message_id


def parse(raw: bytes) -> ParsedMail:
    """Reads a raw RFC 5322 mail; anything at all, even no mail, gives a ParsedMail."""
    try:
        message = structure.read(raw)
        return _mail(raw, message, bodies.read(message))
    except Exception:  # whatever the parts make stumble, the words are still there to be read
        words = Bodies(texts.body(decode(raw)), None, (), ("salvaged",))
        return _mail(raw, Part(b"", 0, 0), words)


def _lines(message: Message) -> Mapping[str, list[str]]:
    """All values of each header, by lower-case name."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in message.raw_items():
        lines[name.lower()].append(str(value))
    return lines


def _mail(raw: bytes, message: Part, read: Bodies) -> ParsedMail:
    lines = _lines(message)

    def people(name: str) -> tuple[Person, ...]:
        return headers.people(lines.get(name, ()), read.charset)

    senders = people("from") or people("sender")
    sender = next((one for one in senders if one.address), (*senders, Person(None, None))[0])
    subject = headers.text(_first(lines, "subject"), read.charset)
    own_ids = headers.message_ids(_first(lines, "message-id"))
    date = _first(lines, "date")
    # Without either, nothing tells a copy from another mail of the same words: bytes decide.
    named = [*own_ids[:1], date.strip()] if own_ids or date else [hashlib.sha256(raw).hexdigest()]
    digest = _digest([*named, sender.address or "", subject], read)
    sent_at = next(filter(None, map(headers.moment, lines.get("date", ()))), None)
    decoded = {name: [headers.text(value) for value in values] for name, values in lines.items()}
    found = classify(message, decoded, read.text, sender.address)
    trimmed, language = _said(read.text, found.kind)
    return ParsedMail(
        kind=found.kind,
        sender=sender,
        reply_to=people("reply-to"),
        to=people("to"),
        cc=people("cc"),
        subject=subject,
        sent_at=sent_at,
        message_id=own_ids[0] if own_ids else f"<{digest.hex()[:40]}{_DERIVED}",
        in_reply_to=headers.message_ids(_first(lines, "in-reply-to"))[:MOST_REFERENCES],
        references=_ends(headers.message_ids(" ".join(lines.get("references", ())))),
        automatic=found.automatic,
        text=trimmed.text,
        quoted=trimmed.quoted,
        html=hypertext.sanitised(read.html, read.text) if read.html else None,
        language=language,
        files=read.files,
        bounce=found.bounce,
        complaint=found.complaint,
        warnings=(*_missing(lines, sender, own_ids, sent_at), *read.warnings),
        identity=UUID(bytes=digest[:16]),
    )


def _said(text: str, kind: Kind) -> tuple[Trimmed, str | None]:
    """What the person wrote, and in which language.

    A notice is nobody's answer to anything: it stays whole, and has no language to answer in.
    """
    if kind in ("bounce", "complaint"):
        return Trimmed(text, ""), None
    trimmed = trim(text)
    if not trimmed.text:
        trimmed = Trimmed(text, "")
    return trimmed, language_of(trimmed.text)


def _missing(
    lines: Mapping[str, list[str]],
    sender: Person,
    own_ids: Sequence[str],
    sent_at: datetime | None,
) -> Iterator[str]:
    """What every mail must have (RFC 5322 §3.6), or should have, and this one has not."""
    if sender.address is None:
        yield "no-sender"
    if not own_ids:
        yield "no-message-id"
    if sent_at is None:
        yield "bad-date" if "date" in lines else "no-date"


def _first(lines: Mapping[str, Sequence[str]], name: str) -> str:
    values = lines.get(name)
    return values[0] if values else ""


def _ends(ids: Sequence[str]) -> tuple[str, ...]:
    """The thread's first mail and the latest of the others: long threads are cut in the middle."""
    if len(ids) <= MOST_REFERENCES:
        return tuple(ids)
    return (ids[0], *ids[1 - MOST_REFERENCES :])


def _digest(named: Sequence[str], read: Bodies) -> bytes:
    """SHA-256 of what makes a mail this mail: Message-ID, From, Date, Subject, decoded bodies."""
    digest = hashlib.sha256()
    for part in (*named, read.text, read.html or "", *(file.sha256 for file in read.files)):
        encoded = part.encode("utf-8", "replace")
        digest.update(len(encoded).to_bytes(8))
        digest.update(encoded)
    return digest.digest()
