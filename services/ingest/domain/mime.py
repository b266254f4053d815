"""The body of our own mails: text, HTML with its images, files; the same bytes each time."""

import binascii
import re
from base64 import encodebytes
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.ingest.domain.header_lines import parameter
from services.ingest.domain.messages import Attachment, Message
from services.ingest.domain.texts import one_line

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_COMPOSITE = ("multipart/", "message/")
_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_{|}~.@-]{1,200}")


def body(message: Message, files: Mapping[str, bytes]) -> bytes:
    """Header lines of the body (Content-Type…), an empty line, and the body, all with CRLF.

    files: the attachments' bytes by blob key. Raises KeyError where one is missing.
    """
    # An image is only shown in place by HTML; without any it is a file like the others.
    shown = [one for one in message.attachments if message.html and one.inline and one.content_id]
    others = [one for one in message.attachments if one not in shown]
    part = _text("plain", message.text)
    if message.html:
        page = _text("html", message.html)
        if shown:
            related = [page, *(_file(one, files[one.blob.key], "inline") for one in shown)]
            page = _several("related", message.id, related)
        part = _several("alternative", message.id, [part, page])
    if others:
        attached = [_file(one, files[one.blob.key], "attachment") for one in others]
        part = _several("mixed", message.id, [part, *attached])
    return part


def _text(subtype: str, text: str) -> bytes:
    """A text part, quoted-printable or base64, whichever is shorter; both are plain ASCII."""
    data = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    encoding, encoded = b"quoted-printable", binascii.b2a_qp(data)
    if len(encoded) > len(data) * 4 // 3 + 4:
        encoding, encoded = b"base64", _base64(data)
    head = b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: %b\r\n\r\n'
    return head % (subtype.encode(), encoding) + encoded


def _file(given: Attachment, data: bytes, disposition: str) -> bytes:
    named = one_line(given.name, 200) or "attachment"
    head = f"Content-Type: {_media_type(given.blob.media_type)}\r\n"
    head += f"Content-Disposition: {disposition}{parameter('filename', named)}\r\n"
    content_id = (given.content_id or "").strip("<>")
    if _CONTENT_ID.fullmatch(content_id):
        head += f"Content-ID: <{content_id}>\r\n"
    head += "Content-Transfer-Encoding: base64\r\n\r\n"
    return head.encode("ascii") + _base64(data)


def _media_type(declared: str) -> str:
    """As declared where that is a media type; composite ones cannot be base64 (RFC 2046 §5)."""
    declared = declared.lower()
    if not _TYPE.fullmatch(declared) or declared.startswith(_COMPOSITE):
        return "application/octet-stream"
    return declared


def _several(subtype: str, id: UUID, parts: Sequence[bytes]) -> bytes:
    # "=_" occurs in neither quoted-printable nor base64, so that no part can hold the boundary.
    boundary = f"=_{subtype}_{id.hex}".encode()
    head = b'Content-Type: multipart/%b;\r\n boundary="%b"\r\n\r\n' % (subtype.encode(), boundary)
    between = b"\r\n--%b\r\n" % boundary
    return head + between[2:] + between.join(parts) + b"\r\n--%b--\r\n" % boundary


def _base64(data: bytes) -> bytes:
    return encodebytes(data).replace(b"\n", b"\r\n")
