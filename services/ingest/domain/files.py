"""What came with a mail beside its words: files, pictures, forwarded mails."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import md5, sha256
from typing import Final
from urllib.parse import unquote_to_bytes

from services.ingest.domain import headers, texts
from services.ingest.domain.charsets import decode
from services.ingest.domain.structure import Part

_NO_CHARSET: Final = re.compile(r"(?i)\bfilename\*=\"?([^\"';\s]{1,998})")
_UNNAMED: Final = {"text/calendar": "invite.ics", "application/pkcs7-signature": "smime.p7s"}


@dataclass(frozen=True)
class File:
    """A file that came with a mail; `inline` if the mail shows it in place.

    name: without any path; empty where the mail gives none. content_id: without angle brackets.
    """

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


def file_of(part: Part) -> File:
    """A part as a file. A forwarded mail is named for its subject, where it has no name."""
    content = part.content()
    name = _name(part)
    if not name and part.kind in ("message/rfc822", "message/global"):
        name = _name_of_mail(content)
    kind = texts.one_line(part.kind, 255)
    return File(name or _UNNAMED.get(kind, ""), kind, content, _inline(part), _content_id(part))


def _name_of_mail(content: bytes) -> str:
    subject = headers.text(str(Part(content, 0, len(content)).get("subject", "")))
    return (texts.one_line(subject.replace("/", "_"), 200) or "message") + ".eml"


def _name(part: Part) -> str:
    """The file's name without any path, also where it was written against RFC 2231."""
    name = headers.text(_declared_name(part)).replace("\\", "/")
    if "\ufffd" in name and (found := _NO_CHARSET.search(str(part["content-disposition"]))):
        name = decode(unquote_to_bytes(found[1]))  # percents without the set that they are in
    return texts.one_line(name.rpartition("/")[2], 255)


def _declared_name(part: Part) -> str:
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        given = part.get_param(parameter, None, header)
        if isinstance(given, tuple) and given[0]:
            # Python's own reading takes a set that it does not know for Latin-1.
            return decode(given[2].encode("latin-1", "replace"), given[0])
        if given:
            break
    return part.get_filename() or ""


def _inline(part: Part) -> bool:
    disposition = part.get_content_disposition()
    return disposition != "attachment" and (disposition == "inline" or bool(_content_id(part)))


def _content_id(part: Part) -> str | None:
    return headers.text(str(part.get("content-id", ""))).strip("<>")[:200] or None
