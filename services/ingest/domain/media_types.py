"""What a file is, by its first bytes and by what its sender says."""

import re
from typing import Final

UNKNOWN: Final = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_EXECUTABLE: Final = "application/x-executable"
_PROGRAM: Final = "application/vnd.microsoft.portable-executable"
_MACH: Final = "application/x-mach-binary"
_OFFICE: Final = "application/x-ole-storage"

# (where, bytes, type); the mark of MS Windows programs is only two bytes, hence the second look.
_MARKS: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"), (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"), (0, b"GIF89a", "image/gif"), (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"), (8, b"WAVE", "audio/wav"), (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"), (0, b"fLaC", "audio/flac"), (4, b"ftyp", "video/mp4"),
    (0, b"PK\x03\x04", "application/zip"), (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\x7fELF", _EXECUTABLE), (0, b"\xcf\xfa\xed\xfe", _MACH), (0, b"\xce\xfa\xed\xfe", _MACH),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE),
)  # fmt: skip
# What is packed as a ZIP or as an OLE file may well be what its sender calls it.
_CONTAINERS: Final = frozenset({"application/zip", "application/gzip", _OFFICE, "video/mp4"})


def sniffed(data: bytes) -> str | None:
    """The type that the first bytes tell, None where they tell none."""
    if _is_windows_program(data):
        return _PROGRAM
    for start, mark, kind in _MARKS:
        if data[start : start + len(mark)] == mark and _fits(data, kind):
            return kind
    return None


def media_type(data: bytes, declared: str | None) -> str:
    """The type to keep a file under: what the bytes tell, else what is declared, else unknown.

    A ZIP, OLE or MP4 file keeps its declared type: documents and sounds are packed so.
    """
    said = plain(declared)
    told = sniffed(data)
    if told is None or (told in _CONTAINERS and said != UNKNOWN):
        return said
    return told


def plain(declared: str | None) -> str:
    """A declared media type without its parameters, in lower case; unknown where it is none."""
    kind = (declared or "").partition(";")[0].strip().lower()
    return kind if _TYPE.fullmatch(kind) else UNKNOWN


def is_taken(
    data: bytes, kind: str, denied: frozenset[str] | None, allowed: frozenset[str] | None
) -> bool:
    """Whether neither the bytes nor the type are denied, and the type is allowed."""
    if denied and ({kind, sniffed(data)} & denied):
        return False
    return allowed is None or kind in allowed


def _fits(data: bytes, kind: str) -> bool:
    return kind not in ("image/webp", "audio/wav") or data[:4] == b"RIFF"


def _is_windows_program(data: bytes) -> bool:
    if data[:2] != b"MZ" or len(data) < 64:
        return False
    place = int.from_bytes(data[60:64], "little")
    return data[place : place + 4] == b"PE\0\0"
