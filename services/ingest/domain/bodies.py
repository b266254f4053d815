"""The words of a mail, and what came beside them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Final
from urllib.parse import unquote

from services.ingest.domain import calendars, hypertext, texts, tnef
from services.ingest.domain.charsets import decode
from services.ingest.domain.files import File, file_of
from services.ingest.domain.structure import DEEPEST_MAIL, Part

_MOST_FILES: Final = 200
_META_CHARSET: Final = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?([a-z0-9_.:-]{2,40})")
_SHOWN_ID: Final = re.compile(r"(?i)\bcid:([^\"'\s<>()]{1,200})")
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SEALED: Final = {
    "application/pkcs7-mime": "smime",
    "application/x-pkcs7-mime": "smime",
    "multipart/encrypted": "encrypted",
    "application/pgp-encrypted": "encrypted",
}
_PICTURE: Final = "[picture]"
_LONGEST_STUB: Final = 300
# Characters of scripts that do not part their words count for themselves.
_WORDS: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]|[^\W_]{2,}")
_SIGNED: Final = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature",
                            "application/pgp-signature"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a mail's body in one form or two: alternatives of each other."""

    plain: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Bodies:
    """All that a mail holds: readable text, its HTML if it has any (not yet safe), and files.

    warnings: what was wrong with the parts, or keeps them from being read; a word each.
    charset: the character set that the first text declares.
    """

    text: str
    html: str | None
    files: tuple[File, ...]
    warnings: tuple[str, ...] = ()
    charset: str | None = None


class _Reading:
    """What was found so far while the parts are gone through."""

    def __init__(self) -> None:
        self.files: list[File] = []
        self.warnings: dict[str, None] = {}
        self.charset: str | None = None

    def warn(self, *words: str) -> None:
        self.warnings.update(dict.fromkeys(words))

    def file(self, part: Part) -> Iterator[Section]:
        """Keeps a part as a file; out of Outlook's winmail.dat come the files and words in it."""
        found = file_of(part)
        name = found.name.lower()
        if found.media_type in _TNEF or name == "winmail.dat":
            unpacked = tnef.unpacked(found.content)
            self.warn("tnef" if unpacked else "unreadable-tnef")
            if unpacked and (unpacked.files or unpacked.text or unpacked.html):
                self.files += unpacked.files
                yield Section(unpacked.text, unpacked.html)
                return
        self.files.append(found)

    def section(self, part: Part) -> Section:
        declared = _charset(part)
        self.charset = self.charset or declared
        text = _in_charset(part, declared)
        if "-----BEGIN PGP " in text:
            self.warn("encrypted" if "-----BEGIN PGP MESSAGE-----" in text else "signed")
        return Section(html=text) if part.kind == "text/html" else Section(plain=text)


def read(mail: Part) -> Bodies:
    """The bodies and files of a mail; a body that says anything gives a text."""
    reading = _Reading()
    sections = list(_sections(mail, reading, is_first=True))
    _note(mail, reading)
    text = _text(sections) or _text_anywhere(mail)
    if not text and not reading.files:
        text = _text_between(mail)
    markup = "\n".join(part.html for part in sections if part.html is not None)
    if len(reading.files) > _MOST_FILES:
        reading.warn("too-many-files")
    files = tuple(_shown_in(markup, reading.files[:_MOST_FILES]))
    return Bodies(
        text=text,
        html=texts.clean(markup) if markup else None,
        files=files,
        warnings=tuple(reading.warnings),
        charset=reading.charset,
    )


def _shown_in(markup: str, files: Sequence[File]) -> Iterator[File]:
    """The files; those that the HTML shows in place are inline, whatever their headers say."""
    shown = {unquote(found) for found in _SHOWN_ID.findall(markup)} if markup else set()
    for file in files:
        yield replace(file, inline=True) if file.content_id in shown else file


def _note(part: Part, reading: _Reading) -> None:
    """Warnings about a part and those inside it: faults, and what keeps it from being read."""
    reading.warn(*part.faults)
    if part.kind in _SIGNED:
        reading.warn("signed")
    elif sealed := _SEALED.get(part.kind):
        is_signed = str(part.get_param("smime-type", "")).lower() == "signed-data"
        reading.warn("signed-opaque" if sealed == "smime" and is_signed else "encrypted")
    for child in part.children:
        _note(child, reading)


def _text(sections: Sequence[Section]) -> str:
    """Each section's plain form, or its HTML as text where the plain form says nothing."""
    return "\n\n".join(text for text in map(_said, sections) if text)


def _said(section: Section) -> str:
    plain = texts.body(section.plain or "")
    if plain and not (section.html and _is_stub(plain, section.html)):
        return plain
    shown = _shown(section.html)
    return plain if plain and shown in ("", _PICTURE) else shown


def _is_stub(plain: str, markup: str) -> bool:
    """Whether a short plain form has other words than its HTML: "Your program shows no HTML"."""
    if len(plain) > _LONGEST_STUB:
        return False
    words = set(_WORDS.findall(plain.lower()))
    found = unescape(markup).lower()
    return bool(words) and sum(word in found for word in words) * 2 < len(words)


def _shown(markup: str | None) -> str:
    if markup is None or not markup.strip():
        return ""
    text = texts.body(hypertext.to_text(texts.clean(markup)))
    # Markup without a visible word, such as a picture alone, was still something to say.
    return text or _PICTURE if "<img" in markup.lower() else text


def _text_anywhere(mail: Part) -> str:
    """A mail whose only words lie in a text file or a forwarded mail is still no silent mail."""
    for part in _leaves(mail):
        if part.kind == "message/rfc822" and part.nesting < DEEPEST_MAIL:
            text = _text_anywhere(part.enclosed())
        elif part.kind == "text/calendar":
            text = calendars.summary(_decoded(part)) or texts.body(_decoded(part))
        elif part.kind in ("text/html", "text/enriched", "text/richtext"):
            text = _shown(_decoded(part)) or texts.body(_decoded(part))
        elif part.kind.startswith("text/"):
            text = texts.body(_decoded(part))
        else:
            continue
        if text:
            return text
    return ""


def _text_between(mail: Part) -> str:
    """Words before the first part of a mail that has nothing else."""
    if not mail.children:
        return ""
    first, _, _ = mail.raw[mail.body_at : mail.body_end].partition(b"\n--")
    return "" if first.startswith(b"--") else texts.body(decode(first))


def _leaves(part: Part) -> Iterator[Part]:
    for child in part.children:
        yield from _leaves(child)
    if not part.children:
        yield part


def _sections(part: Part, reading: _Reading, *, is_first: bool) -> Iterator[Section]:
    if part.kind.startswith("multipart/"):
        yield from _multipart(part, reading)
    elif _is_body(part, is_first=is_first):
        yield reading.section(part)
    else:
        yield from reading.file(part)


def _multipart(part: Part, reading: _Reading) -> Iterator[Section]:
    if not part.children:
        yield Section(plain=_decoded(part))  # its boundary never came: the whole is text
        return
    found = [
        section
        for number, child in enumerate(part.children)
        for section in _sections(child, reading, is_first=number == 0)
    ]
    if part.kind == "multipart/alternative":
        yield _alternatives(found)
    else:
        yield from found


def _alternatives(sections: Sequence[Section]) -> Section:
    """One section of two forms: what is plain in any of them, and what is HTML."""
    plain = [part.plain for part in sections if part.plain is not None]
    markup = [part.html for part in sections if part.html is not None]
    return Section("\n".join(plain) if plain else None, "\n".join(markup) if markup else None)


def _is_body(part: Part, *, is_first: bool) -> bool:
    """Whether a part is read, and not kept as a file (after RFC 8621 §4.1.4)."""
    if part.kind not in ("text/plain", "text/html"):
        return False
    if part.get_content_disposition() == "attachment":
        return False
    return is_first or part.get_filename() is None


def _decoded(part: Part) -> str:
    return _in_charset(part, _charset(part))


def _charset(part: Part) -> str | None:
    """The character set that a part declares, as it stands there."""
    declared = part.get_param("charset", None)
    return declared if isinstance(declared, str) else part.get_content_charset()


def _in_charset(part: Part, declared: str | None) -> str:
    data = part.content()
    if declared is None and (found := _META_CHARSET.search(data, 0, 2048)):
        declared = found[1].decode("ascii")
    return decode(data, declared)
