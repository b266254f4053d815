"""Outlook's winmail.dat (MS-OXTNEF): the files and the words that it wraps.

Read here and not by tnefparse, which counts to whatever number a broken file names: four thousand
million, for hours.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from services.ingest.domain import rtf, texts
from services.ingest.domain.charsets import decode
from services.ingest.domain.files import File

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_MOST: Final = 2_000  # attributes of a file, and properties of an attribute
_DEEPEST: Final = 3
_ATTRIBUTE: Final = struct.Struct("<BHHI")
_TWO: Final = struct.Struct("<HH")
_NUMBER: Final = struct.Struct("<I")

# Attributes (MS-OXTNEF §2.1.3.2).
_CODE_PAGE, _MESSAGE, _BODY = 0x9007, 0x9003, 0x800C
_BEGINS, _TITLE, _DATA, _ATTACHMENT = 0x9002, 0x8010, 0x800F, 0x9005
# Properties (MS-OXPROPS), of messages and of attachments.
_TEXT, _HTML, _RTF = 0x1000, 0x1013, 0x1009
_CONTENT, _NAME, _LONG_NAME, _MEDIA_TYPE, _CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
# Bytes of a property's value by its type, padded to four (MS-OXTNEF §2.1.3.4).
_SIZES: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_VARIABLE: Final = frozenset({0x0D, 0x1E, 0x1F, 0x102})
_UTF_16, _OBJECT, _MANY, _NAMED = 0x1F, 0x0D, 0x1000, 0x8000

_Properties = Mapping[int, tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a winmail.dat held; text and html are None where it held no words of that form.

    Those of Exchange's own notices hold neither words nor files.
    """

    text: str | None
    html: str | None
    files: tuple[File, ...]


def unpacked(data: bytes, depth: int = 0) -> Unpacked | None:
    """The files and words of a winmail.dat; None where it is none, or nothing can be had of it."""
    if not data.startswith(_SIGNATURE) or depth > _DEEPEST:
        return None
    message: dict[int, tuple[int, bytes]] = {}
    attachments: list[dict[int, tuple[int, bytes]]] = []
    charset = None
    for name, value in _attributes(data):
        if name == _CODE_PAGE and len(value) >= 4:
            charset = f"cp{_NUMBER.unpack_from(value)[0]}"
        elif name == _MESSAGE:
            message |= _properties(value)
        elif name == _BODY:
            message.setdefault(_TEXT, (0x1E, value))
        elif name == _BEGINS:
            attachments.append({})
        elif attachments:
            _add(attachments[-1], name, value)
    files = tuple(file for one in attachments for file in _files(one, charset, depth))
    text = _words(message, _TEXT, charset) or rtf.words(message.get(_RTF, (0, b""))[1]) or None
    html = _words(message, _HTML, charset)
    return Unpacked(text, html, files) if files or message else None


def _add(attachment: dict[int, tuple[int, bytes]], name: int, value: bytes) -> None:
    if name == _TITLE:
        attachment.setdefault(_NAME, (0x1E, value))
    elif name == _DATA:
        attachment.setdefault(_CONTENT, (0x102, value))
    elif name == _ATTACHMENT:
        attachment |= _properties(value)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Id and value of each attribute: level, id, type, length, value, sum of its bytes."""
    at = 6
    for _ in range(_MOST):
        if at + _ATTRIBUTE.size > len(data):
            return
        _level, name, _type, length = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        yield name, data[at : at + length]
        at += length + 2


def _properties(data: bytes) -> dict[int, tuple[int, bytes]]:
    """Type and value of each property by its id, of several values the first; as far as it goes."""
    found: dict[int, tuple[int, bytes]] = {}
    at = 4
    try:
        for _ in range(min(_MOST, _NUMBER.unpack_from(data)[0])):
            kind, name = _TWO.unpack_from(data, at)
            at = _behind_name(data, at + 4, name)
            values, at = _values(data, at, kind)
            if values:
                found.setdefault(name, (kind & ~_MANY, values[0]))
    except (struct.error, KeyError):
        return found  # cut short, or of a type that nobody knows the length of
    return found


def _behind_name(data: bytes, at: int, name: int) -> int:
    """Where a property's value begins: named ones have a GUID, and a number or a text."""
    if name < _NAMED:
        return at
    at += 16
    is_text = _NUMBER.unpack_from(data, at)[0]
    length = _NUMBER.unpack_from(data, at + 4)[0] if is_text else 0
    return at + 8 + length + -length % 4


def _values(data: bytes, at: int, kind: int) -> tuple[list[bytes], int]:
    simple, count = kind & ~_MANY, 1
    if kind & _MANY or simple in _VARIABLE:
        count, at = _NUMBER.unpack_from(data, at)[0], at + 4
    values = []
    for _ in range(min(count, _MOST)):
        if simple in _VARIABLE:
            size, at = _NUMBER.unpack_from(data, at)[0], at + 4
        else:
            size = _SIZES[simple]
        values.append(data[at : at + size])
        at += size + -size % 4
    return values, at


def _files(properties: _Properties, charset: str | None, depth: int) -> Iterator[File]:
    kind, content = properties.get(_CONTENT, (0, b""))
    if kind == _OBJECT:
        content = content[16:]  # behind the id of the interface that the object has
        if inner := unpacked(content, depth + 1):
            yield from inner.files
            content = (inner.text or inner.html or "").encode()
    if not content:
        return
    content_id = _line(properties, _CONTENT_ID, charset)[:200].strip("<>") or None
    media_type = _line(properties, _MEDIA_TYPE, charset).lower()
    name = _line(properties, _LONG_NAME, charset) or _line(properties, _NAME, charset)
    yield File(
        name=name.replace("\\", "/").rpartition("/")[2],
        media_type=media_type or ("text/plain" if kind == _OBJECT else "application/octet-stream"),
        content=content,
        inline=content_id is not None,
        content_id=content_id,
    )


def _line(properties: _Properties, name: int, charset: str | None) -> str:
    return texts.one_line(_words(properties, name, charset) or "", 255)


def _words(properties: _Properties, name: int, charset: str | None) -> str | None:
    kind, value = properties.get(name, (0, b""))
    text = value.decode("utf-16-le", "replace") if kind == _UTF_16 else decode(value, charset)
    text = text.strip("\0")
    return text if text.strip() else None
