"""A raw mail as a tree of parts (RFC 2045, RFC 2046), over its bytes and without copies of them.

Python's own parser goes by lines: it costs eight times the memory of a mail, cannot give the bytes
of a forwarded mail back, and loses what lies behind a boundary that was written wrongly.
"""

import re
from collections.abc import Iterator, Sequence
from email.message import Message
from email.policy import EmailPolicy
from typing import Any, Final

from services.ingest.domain.line_breaks import with_line_feeds
from services.ingest.domain.transfer import decoded

_DEEPEST: Final = 30
DEEPEST_MAIL: Final = 5  # each mail inside another is a copy of its bytes
_MOST_PARTS: Final = 1_000
_MOST_HEADERS: Final = 1_000
_MOST_DASHES: Final = 200_000  # lines that may be boundaries: 0.1 s
_LONGEST_HEADER: Final = 100_000
_LONGEST_REPORT: Final = 65_536

_LINE: Final = re.compile(rb"([^\n]*)(?:\n|\Z)")
_FIELD: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*")
_KNOWN: Final = re.compile(
    rb"(?i)(?:from|to|cc|subject|date|received|message-id|reply-to|mime-version|return-path"
    rb"|references|in-reply-to|dkim-signature|content-[a-z-]+|x-[a-z-]+)[ \t]*:"
)
_DASHES: Final = re.compile(rb"(?m)^--([^\r\n]{1,998})(?:\r*\n|\r|\Z)")
_GUESSED: Final = re.compile(rb"(?im)^--([^\r\n]{1,200}?)[ \t]*\r*\n(?=content-[a-z-]+[ \t]*:)")
_NO_SEMICOLON: Final = re.compile(r"\s*([\w.+-]+/[\w.+-]+)\s+(?=[\w*-]+\s*=)")


class _Lines(EmailPolicy):
    """The modern policy without its header grammar, which raises on what real senders write."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """A header's value on one line; of an encoding, the word that names it."""
        if name.lower() == "content-transfer-encoding":
            return value.partition(";")[0].partition("(")[0].strip().lower()
        return value.strip()


_POLICY: Final = _Lines(refold_source="none")


class Part(Message):
    """One part, or the whole mail: headers that were read, and a body that is read when asked for.

    kind: its media type. faults: what was wrong with it. Headers are unfolded; 8-bit bytes in them
    are surrogates, as Python's parser leaves them. nesting: how many mails it lies inside of.
    """

    def __init__(
        self, raw: bytes, start: int, end: int, default: str = "text/plain", nesting: int = 0
    ) -> None:
        super().__init__(policy=_POLICY)
        self.nesting = nesting
        self.set_default_type(default)
        self.faults: list[str] = []
        self.children: list[Part] = []
        self.raw = raw
        self.body_at = _read_headers(self, raw, start, end)
        self.body_end = end
        self.kind = self.get_content_type()
        self._is_read = False

    def content(self) -> bytes:
        """The body's bytes with their transfer encoding taken off."""
        encoding = str(self.get("content-transfer-encoding", ""))
        data, fault = decoded(self.raw[self.body_at : self.body_end], encoding)
        if fault and fault not in self.faults:
            self.faults.append(fault)
        return data

    def enclosed(self) -> "Part":
        """The mail that a message/rfc822 part holds."""
        return read(self.content(), self.nesting + 1)

    def is_multipart(self) -> bool:
        """Whether there are parts inside, as Python's parser would have it."""
        return bool(self.children) or (self.kind.startswith("message/") and self._has_messages())

    def get_payload(self, i: int | None = None, decode: bool = False) -> Any:
        """As in `Message`, for those who expect one: made when asked for."""
        self._fill()
        try:
            return super().get_payload(i, decode)  # type: ignore[call-overload]
        except UnicodeError:  # the character set's name has letters that no name has
            return self.content() if decode else self._payload

    def _has_messages(self) -> bool:
        self._fill()
        return isinstance(self._payload, list)

    def _fill(self) -> None:
        if self._is_read:
            return
        self._is_read = True
        self._payload: Any
        if self.children:
            self._payload = self.children
        elif self.kind == "message/rfc822" and self.nesting < DEEPEST_MAIL:
            self._payload = [self.enclosed()]
        elif self.kind in ("message/delivery-status", "message/global-delivery-status"):
            self._payload = list(_reports(self.content()[:_LONGEST_REPORT]))
        else:
            body = self.raw[self.body_at : self.body_end]
            self._payload = body.decode("ascii", "surrogateescape")


def read(raw: bytes, nesting: int = 0) -> Part:
    """The mail that `raw` is; never raises, and takes time in proportion to its length."""
    raw = with_line_feeds(raw)
    mail = Part(raw, 0, len(raw), nesting=nesting)
    _divide(mail, _boundary(mail, 0), 0)
    return mail


def _reports(data: bytes) -> Iterator[Part]:
    """The blocks of fields of a delivery status (RFC 3464 §2.1), each as a part of headers."""
    at = 0
    while at < len(data):
        block = Part(data, at, len(data))
        if block.keys():
            yield block
        line = _LINE.match(data, at)
        at = max(block.body_at, line.end() if line else at + 1)


def _read_headers(part: Part, raw: bytes, start: int, end: int) -> int:
    """Adds the headers that begin at `start`; the body's place."""
    at, field, lines = start, b"", list[bytes]()
    while at < end and (line := _LINE.match(raw, at, end)):
        text = line[1].rstrip(b"\r")
        if not text:
            at = line.end()
            break
        if text[:1] in b" \t" and field:
            lines.append(text)
        elif named := _FIELD.match(text):
            _add(part, field, lines)
            field, lines = named[1], [text[named.end() :]]
        elif not _is_skipped(part, raw, start, line):
            break
        at = line.end()
    _add(part, field, lines)
    return at


def _is_skipped(part: Part, raw: bytes, start: int, line: re.Match[bytes]) -> bool:
    """Whether a line that is no header lies among headers; else the body begins with it."""
    if line.start() == start and line[1].startswith((b"From ", b">From ")):
        return True  # a mailbox file's separator
    if line[1].startswith(b"--") or _KNOWN.match(raw, line.end()) is None:
        return False
    part.faults.append("bad-header-line")
    return True


def _add(part: Part, field: bytes, lines: list[bytes]) -> None:
    if not field or len(part) >= _MOST_HEADERS:
        return
    value = b"".join(lines)[:_LONGEST_HEADER].decode("ascii", "surrogateescape")
    name = field.decode("ascii", "surrogateescape")
    if name.lower() == "content-type":
        value = _NO_SEMICOLON.sub(r"\1; ", value, count=1)
    part.set_raw(name, value)


def _divide(top: Part, boundary: bytes | None, depth: int) -> None:
    """Finds the parts of a multipart, and theirs: by the boundaries that are open at a line."""
    opened = [(top, boundary)] if boundary else []
    leaf: Part | None = None
    parts = dashes = 0
    for line in _DASHES.finditer(top.raw, top.body_at, top.body_end) if opened else ():
        dashes += 1
        if dashes > _MOST_DASHES or parts >= _MOST_PARTS or not opened:
            break
        level, is_last = _which(opened, line[1].rstrip())
        if level is None:
            continue
        ended = opened[level if is_last else level + 1 :]
        _close([part for part, _ in ended] + ([] if leaf is None else [leaf]), line.start())
        leaf = None
        del opened[level + (0 if is_last else 1) :]
        if not is_last:
            parent = opened[level][0]
            leaf = _child(parent, line.end(), top.body_end)
            parts += 1
            if inner := _boundary(leaf, depth + len(opened)):
                opened.append((leaf, inner))
                leaf = None
    _mend(top, depth)


def _which(opened: list[tuple[Part, bytes]], token: bytes) -> tuple[int | None, bool]:
    """Which open multipart a line of dashes belongs to, the innermost first; whether it ends it."""
    for level in range(len(opened) - 1, -1, -1):
        boundary = opened[level][1]
        if token == boundary:
            return level, False
        if token == boundary + b"--":
            return level, True
    return None, False


def _close(parts: Sequence[Part], at: int) -> None:
    """Ends parts where a boundary's line begins; the line break before is the boundary's."""
    for part in parts:
        end = at
        if part.raw[end - 1 : end] == b"\n":
            end -= 2 if part.raw[end - 2 : end] == b"\r\n" else 1
        part.body_end = max(end, part.body_at)


def _child(parent: Part, start: int, end: int) -> Part:
    default = "message/rfc822" if parent.kind == "multipart/digest" else "text/plain"
    child = Part(parent.raw, start, end, default, parent.nesting)
    parent.children.append(child)
    return child


def _boundary(part: Part, depth: int) -> bytes | None:
    """The boundary between a multipart's parts: as declared, or else as its lines show it."""
    if not part.kind.startswith("multipart/") or depth >= _DEEPEST:
        return None
    declared = part.get_boundary() if part.get_param("boundary") else None
    if declared:
        return declared.encode("utf-8", "surrogateescape").rstrip()
    part.faults.append("no-boundary")
    return _guess(part)


def _guess(part: Part) -> bytes | None:
    found = _GUESSED.search(part.raw, part.body_at, part.body_end)
    return found[1] if found else None


def _mend(part: Part, depth: int) -> None:
    """Multiparts whose boundary never came are divided by what looks like one."""
    for child in part.children:
        _mend(child, depth + 1)
    if part.children or not part.kind.startswith("multipart/") or depth >= _DEEPEST:
        return
    boundary = _guess(part)
    part.faults.append("wrong-boundary")
    if boundary is not None:
        _divide(part, boundary, depth + 1)
