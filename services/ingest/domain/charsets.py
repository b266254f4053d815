"""Bytes of unsure encoding to text: nothing is ever lost to an exception."""

import codecs
from functools import lru_cache

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
_BROKEN = "\ufffd"
_TOLERATED = 0.2


@lru_cache(maxsize=512)
def _codec(declared: str) -> str | None:
    """Python's name of what was declared, None for what is no character set or only ASCII."""
    name = declared.strip().strip("\"'").lower()
    name = _UNKNOWN_TO_PYTHON.get(name, name)
    try:
        found = codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        return None
    if found == "ascii" or found in _NO_CHARSETS:
        return None
    return _MEANT.get(found, found)


def decode(data: bytes, declared: str | None = None) -> str:
    """`data` as text: by the declared character set, else UTF-8, else Windows-1252.

    What is declared wrongly is repaired where UTF-8 fits; single broken bytes become U+FFFD.
    """
    codec = _codec(declared) if declared else None
    for candidate in (codec, "utf-8"):
        if candidate and (text := _strictly(data, candidate)) is not None:
            return text
    return _repaired(data, codec)


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError, LookupError):
        return None


def _repaired(data: bytes, codec: str | None) -> str:
    """Text with as few losses as can be had, when no character set fits without any."""
    for candidate in dict.fromkeys((codec or "utf-8", "utf-8")):
        text = _leniently(data, candidate)
        beyond_ascii = sum(character > "\x7f" for character in text)
        if text.count(_BROKEN) <= _TOLERATED * beyond_ascii:
            return text
    return _strictly(data, "cp1252") or data.decode("latin-1")


def _leniently(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec, "replace")
    except (UnicodeError, ValueError, LookupError):
        return _BROKEN
