"""The parts of a mail: what is to be read, and what is a file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property
from hashlib import md5, sha256

from services.ingest.domain import headers, hypertext, texts
from services.ingest.domain.charsets import decode

_DEEPEST = 30
_MOST_FILES = 200
_META_CHARSET = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?([a-z0-9_.:-]{2,40})")


@dataclass(frozen=True)
class File:
    """A file that came with a mail; `inline` if the HTML shows it in place."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    inline: bool = False
    content_id: str | None = None

    @cached_property
    def sha256(self) -> str:
        """Of the content, in lower-case hexadecimal."""
        return sha256(self.content).hexdigest()

    @cached_property
    def md5(self) -> str:
        """Of the content, in lower-case hexadecimal: a name for it, and no proof of anything."""
        return md5(self.content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a mail's body in one form or two: alternatives of each other."""

    plain: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Bodies:
    """All that a mail holds: readable text, its HTML if it has any (not yet safe), and files.

    warnings: what was wrong with the parts, in one or a few words each.
    """

    text: str
    html: str | None
    files: tuple[File, ...]
    warnings: tuple[str, ...] = ()


def read(message: Message) -> Bodies:
    """The bodies and files of a parsed mail; a body that says anything gives a text."""
    files: list[File] = []
    sections = list(_sections(message, files, 0, top=True))
    text = _text(sections) or _text_anywhere(message)
    markup = "\n".join(part.html for part in sections if part.html is not None)
    return Bodies(text, texts.clean(markup) if markup else None, tuple(files[:_MOST_FILES]))


def _text(sections: Sequence[Section]) -> str:
    """Each section's plain form, or its HTML as text; HTML too where the plain form is blank."""
    said = (texts.body(part.plain or "") or _shown(part.html) for part in sections)
    return "\n\n".join(text for text in said if text)


def _shown(markup: str | None) -> str:
    if markup is None or not markup.strip():
        return ""
    text = texts.body(hypertext.to_text(texts.clean(markup)))
    # Markup without a visible word, such as a picture alone, was still something to say.
    return text or "[picture]" if "<img" in markup.lower() else text


def _text_anywhere(message: Message) -> str:
    """A mail whose only words lie in a text file or a forwarded mail is still no silent mail."""
    for part in message.walk():
        if part.get_content_maintype() == "text" and not part.is_multipart():
            shown = _shown(_decoded(part)) if part.get_content_subtype() == "html" else ""
            if text := shown or texts.body(_decoded(part)):
                return text
    return ""


def _sections(
    part: Message, files: list[File], depth: int, *, top: bool = False
) -> Iterator[Section]:
    kind, main = part.get_content_type(), part.get_content_maintype()
    if main == "multipart" and depth < _DEEPEST:
        yield from _multipart(part, files, depth)
    elif main in ("multipart", "message") and part.is_multipart():
        files.append(_enclosed(part))
    elif _is_body(part, kind, top=top):
        text = _decoded(part)
        yield Section(html=text) if kind == "text/html" else Section(plain=text)
    else:
        files.append(_file(part))


def _multipart(part: Message, files: list[File], depth: int) -> Iterator[Section]:
    children = part.get_payload()
    if not isinstance(children, list):
        yield Section(plain=_decoded(part))  # its boundary never came: the whole is text
        return
    found = [
        section
        for child in children
        if isinstance(child, Message)
        for section in _sections(child, files, depth + 1)
    ]
    if part.get_content_subtype() == "alternative":
        yield _alternatives(found)
    else:
        yield from found


def _alternatives(sections: Sequence[Section]) -> Section:
    """One section of two forms: what is plain in any of them, and what is HTML."""
    plain = [part.plain for part in sections if part.plain is not None]
    markup = [part.html for part in sections if part.html is not None]
    return Section("\n".join(plain) if plain else None, "\n".join(markup) if markup else None)


def _is_body(part: Message, kind: str, *, top: bool) -> bool:
    if kind.partition("/")[0] not in ("text", "multipart"):
        return False
    if part.get_content_disposition() == "attachment":
        return False
    named = part.get_filename() is not None
    return top or (not named and kind in ("text/plain", "text/html", "text/enriched"))


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        return content
    return str(content or "").encode("utf-8", "surrogateescape")


def _decoded(part: Message) -> str:
    data = _bytes(part)
    charset = part.get_param("charset", None)
    declared = charset if isinstance(charset, str) else part.get_content_charset()
    if declared is None and (found := _META_CHARSET.search(data, 0, 2048)):
        declared = found[1].decode("ascii")
    return decode(data, declared)


def _file(part: Message) -> File:
    return File(_name(part), _media_type(part), _bytes(part), _inline(part), _content_id(part))


def _enclosed(part: Message) -> File:
    """A forwarded mail, or parts nested too deeply, kept whole."""
    inner = part.get_payload()
    mail = inner[0] if isinstance(inner, list) else part
    if part.get_content_type() == "message/rfc822" and isinstance(mail, Message):
        subject = headers.text(str(mail.get("subject", "")))
        name = _name(part) or (texts.one_line(subject.replace("/", "_"), 200) or "message") + ".eml"
        return File(name, "message/rfc822", _written(mail), False, _content_id(part))
    return File(_name(part), _media_type(part), _written(part), False, _content_id(part))


def _written(part: Message) -> bytes:
    try:
        return part.as_bytes()
    except Exception:  # the generator raises many kinds on parts that no generator would make
        return str(part.get_payload()).encode(errors="replace")


def _name(part: Message) -> str:
    """The file's name without any path, also where it was written against RFC 2231."""
    name = headers.text(part.get_filename() or "").replace("\\", "/")
    return texts.one_line(name.rpartition("/")[2], 255)


def _media_type(part: Message) -> str:
    return texts.one_line(part.get_content_type(), 255)


def _inline(part: Message) -> bool:
    return part.get_content_disposition() != "attachment" and _content_id(part) is not None


def _content_id(part: Message) -> str | None:
    return headers.text(str(part.get("content-id", ""))).strip("<>")[:200] or None
