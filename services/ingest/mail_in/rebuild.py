"""A mail made again from the fields that a provider took it apart into, the same each time."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_BREAKS = re.compile(r"[\r\n\x00]+[ \t]*")
_NAME = re.compile(r"[!-9;-~]{1,100}")
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_DROPPED: Final = frozenset(
    {"mime-version", "content-type", "content-transfer-encoding", "content-disposition",
     "content-id", "content-length", "bcc"}
)  # fmt: skip
_LINE = 76


@dataclass(frozen=True, slots=True)
class FieldFile:
    """A file of the mail. content_id: without its angle brackets, of an inline image."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class MailFields:
    """A mail in parts; headers as (name, value) in their order, decoded or not."""

    headers: Sequence[tuple[str, str]]
    text: str = ""
    html: str = ""
    files: Sequence[FieldFile] = ()


def rebuild(fields: MailFields) -> bytes:
    """The mail as bytes (RFC 5322, headers in UTF-8 as RFC 6532 has it).

    The same fields give the same bytes, so that a provider's second try is the same mail.
    """
    parts = [_text("plain", fields.text)] if fields.text or not fields.html else []
    parts += [_text("html", fields.html)] if fields.html else []
    body = parts[0] if len(parts) == 1 else _multipart("alternative", parts)
    if fields.files:
        body = _multipart("mixed", [body, *map(_file, fields.files)])
    head = [
        f"{name}: {_BREAKS.sub(' ', value).strip()}\r\n"
        for name, value in fields.headers
        if _NAME.fullmatch(name) and name.lower() not in _DROPPED
    ]
    return _utf8("".join([*head, "MIME-Version: 1.0\r\n"])) + body


def split_headers(text: str) -> list[tuple[str, str]]:
    """Header lines as (name, value), folded lines joined; what is no header is left out."""
    unfolded = re.sub(r"\r?\n[ \t]+", " ", text)
    pairs = (line.partition(":") for line in unfolded.splitlines())
    return [(name.strip(), value.strip()) for name, colon, value in pairs if colon]


def _text(kind: str, text: str) -> bytes:
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + _base64(_utf8(text))


def _file(file: FieldFile) -> bytes:
    media_type = file.media_type if _TYPE.fullmatch(file.media_type) else "application/octet-stream"
    name = _BREAKS.sub(" ", file.name).replace("\\", "_").replace('"', "'") or "file"
    shown = "inline" if file.content_id else "attachment"
    head = (
        f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: {shown}; filename="{name}"\r\n'
    )
    if file.content_id:
        head += f"Content-ID: <{_BREAKS.sub('', file.content_id).strip('<> ')}>\r\n"
    return _utf8(head + "\r\n") + _base64(file.content)


def _multipart(kind: str, parts: Sequence[bytes]) -> bytes:
    digest = hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts))
    boundary = f"=_{digest.hexdigest()[:32]}"
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    delimiter = f"--{boundary}".encode()
    return head + b"".join(delimiter + b"\r\n" + p for p in parts) + delimiter + b"--\r\n"


def _base64(data: bytes) -> bytes:
    coded = base64.b64encode(data)
    return b"".join(coded[at : at + _LINE] + b"\r\n" for at in range(0, len(coded), _LINE))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")
