"""Outlook's winmail.dat (MS-OXTNEF): the files and the words that it wraps."""

import logging
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tnefparse import TNEF  # type: ignore[import-untyped]

from services.ingest.domain import texts
from services.ingest.domain.charsets import decode
from services.ingest.domain.files import File

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_MOST_OBJECTS: Final = 2_000  # the library copies the rest for each: more would take minutes
_LARGEST: Final = 64 * 1024 * 1024
_HEAD: Final = struct.Struct("<BHHI")
_MEDIA_TYPES: Final = (0x370E,)
_CONTENT_ID: Final = 0x3712

# The library tells of every oddity; whoever reads the mail has a warning of ours.
logging.getLogger("tnefparse").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a winmail.dat held; text and html are None where it held no words."""

    text: str | None
    html: str | None
    files: tuple[File, ...]


def unpacked(data: bytes) -> Unpacked | None:
    """The files and words of a winmail.dat; None where it is none, or too broken to be read."""
    if not data.startswith(_SIGNATURE) or len(data) > _LARGEST or not _is_walkable(data):
        return None
    try:
        found = TNEF(data, do_checksum=False)
        files = tuple(_files(found.attachments))
        return Unpacked(_words(found.body), _words(found.htmlbody), files)
    except Exception:  # the library raises whatever its arithmetic comes upon
        return None


def _is_walkable(data: bytes) -> bool:
    """Whether its objects are few enough and end: key, then level, id, type, size, data, sum."""
    at, objects = 6, 0
    while at + 12 < len(data):
        objects += 1
        if objects > _MOST_OBJECTS:
            return False
        at += _HEAD.unpack_from(data, at)[3] + 11
    return objects > 0


def _files(attachments: list[Any]) -> Iterator[File]:
    for attachment in attachments:
        content = attachment.data
        if not isinstance(content, bytes) or not content:
            continue
        name = texts.one_line(_text(attachment.long_filename()).replace("\\", "/"), 255)
        said = {one.name: one.data for one in attachment.mapi_attrs}
        media_type = next((_text(said[key]) for key in _MEDIA_TYPES if key in said), "")
        content_id = texts.one_line(_text(said.get(_CONTENT_ID, "")), 200).strip("<>") or None
        yield File(
            name.rpartition("/")[2],
            texts.one_line(media_type, 255).lower() or "application/octet-stream",
            content,
            content_id is not None,
            content_id,
        )


def _words(body: object) -> str | None:
    text = _text(body).strip("\0")
    return text if text.strip() else None


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(map(_text, value))
    if isinstance(value, bytes):
        return decode(value.rstrip(b"\0"))
    return str(value or "").rstrip("\0")
