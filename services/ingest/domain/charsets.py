"""Bytes of unsure encoding to text: nothing is ever lost to an exception."""

import codecs
import re
from functools import lru_cache
from typing import Final

from services.ingest.domain.detection import meant, seen, strictly

# What senders declare, and what they mean by it: browsers' supersets (WHATWG Encoding, §4.2) where
# the declared set has holes, and names that Python does not know.
_MEANT = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
    "big5": "big5hkscs",
}
_UNKNOWN_TO_PYTHON = {
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf-8-mac": "utf-8",
    "utf8mb4": "utf-8",
    "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "x-euc-jp": "euc_jp",
    "x-windows-949": "cp949",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "x-unknown": "ascii",
}
# Codecs of Python's own that turn bytes into text and are no character set of a mail.
_NO_CHARSETS = frozenset({"unicode_escape", "raw_unicode_escape", "undefined", "idna", "punycode"})
_CODE_PAGE: Final = re.compile(r"[a-z_-]{0,12}(\d{3,4})")
_SEVEN_BIT: Final = frozenset({"utf-7", "iso2022_jp_ext", "iso2022_kr", "hz"})
_ESCAPES: Final = re.compile(rb"\x1b[$(]")
_SINGLE_BYTE: Final = ("cp125", "iso8859", "koi8", "mac-", "cp874")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN: Final = frozenset({"cp1252", "iso8859-15"})
_BROKEN = "\ufffd"
_TOLERATED = 0.2


@lru_cache(maxsize=512)
def _codec(declared: str) -> str | None:
    """Python's name of what was declared, None for what is no character set or only ASCII."""
    name = declared.strip().strip("\"'").lower()
    name = _UNKNOWN_TO_PYTHON.get(name, name)
    found = _known(name)
    if found is None and (page := _CODE_PAGE.fullmatch(name)):
        found = _known(f"cp{page[1]}")  # such as win-1251 or cp-850
    if found is None:
        return None
    if found == "ascii" or found in _NO_CHARSETS:
        return None
    return _MEANT.get(found, found)


def _known(name: str) -> str | None:
    try:
        return codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        return None


def decode(data: bytes, declared: str | None = None) -> str:
    """`data` as text: by what was declared, else UTF-8, else what it looks like, else Windows-1252.

    What is declared wrongly is repaired where UTF-8 fits, and where it is a Western set, which many
    programs declare without looking; single broken bytes become U+FFFD.
    """
    codec = _codec(declared) if declared else None
    if marked := _marked(data, codec):
        return marked
    if data.isascii() and codec not in _SEVEN_BIT:
        return data.decode("ascii")
    if codec in _WESTERN and strictly(data, "utf-8") is None:
        codec = meant(data, codec)
    # Letters beyond ASCII that are valid UTF-8 are hardly ever anything else.
    is_single = codec is not None and codec.startswith(_SINGLE_BYTE)
    for candidate in ("utf-8", codec) if is_single else (codec, "utf-8"):
        if candidate and (text := strictly(data, candidate)) is not None:
            return text
    return _repaired(data, codec)


def _marked(data: bytes, codec: str | None) -> str | None:
    """Text whose bytes themselves say what they are: byte order marks, zeros, escapes."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    if b"\x1b" in data and codec not in _SEVEN_BIT and _ESCAPES.search(data) and data.isascii():
        return strictly(data, "iso2022_jp_ext") or strictly(data, "iso2022_kr")
    if (codec is None or codec == "utf-8") and len(data) > 3 and data.count(0) * 5 > len(data) * 2:
        return data.decode("utf-16-be" if data[::2].count(0) > data[1::2].count(0) else "utf-16-le",
                           "replace")  # fmt: skip
    return None


def _repaired(data: bytes, codec: str | None) -> str:
    """Text with as few losses as can be had, when no character set fits without any."""
    for candidate in dict.fromkeys((codec or "utf-8", "utf-8")):
        text = _leniently(data, candidate)
        beyond_ascii = sum(character > "\x7f" for character in text)
        if text.count(_BROKEN) <= _TOLERATED * beyond_ascii:
            return text
    found = seen(data)
    return (found and strictly(data, found)) or strictly(data, "cp1252") or data.decode("latin-1")


def _leniently(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec, "replace")
    except (UnicodeError, ValueError, LookupError):
        return _BROKEN
