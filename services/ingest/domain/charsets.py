"""Bytes of unsure encoding to text: nothing is ever lost to an exception."""

import codecs
import re
from functools import lru_cache
from typing import Final

from charset_normalizer import from_bytes

from services.ingest.domain.languages import confidence

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
_SINGLE_BYTE: Final = ("cp125", "iso8859", "koi8", "mac-", "cp874")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What is guessed at: the sets that old mailers wrote without saying so.
_LATIN: Final = ("cp1252", "cp1250", "cp1254")
_PAIRS: Final = ("gb18030", "euc_jp", "cp949")
_HIGH: Final = re.compile(rb"[\x80-\xff]+")
_COMMON_LEADS: Final = bytes([*range(0xA1, 0xA6), *range(0xB0, 0xD8)])
_SEEN: Final = [
    *_LATIN, "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874", "cp932", "euc_jp",
    "gb18030", "big5", "cp949", "iso8859_2",
]  # fmt: skip
_SAMPLE: Final = 4096
_FEW: Final = 6
_SENTENCE: Final = 30
_TELLING: Final = re.compile(rb"[a-zA-Z]*[^\x00-\x7f][^\x00-\x20]*")
_MOST_TELLING: Final = 12
_ASCII: Final = re.compile(rb"[\x00-\x7f]+")
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

    What is declared wrongly is repaired where UTF-8 fits; single broken bytes become U+FFFD.
    """
    codec = _codec(declared) if declared else None
    if marked := _marked(data, codec):
        return marked
    if data.isascii() and codec not in _SEVEN_BIT:
        return data.decode("ascii")
    # Letters beyond ASCII that are valid UTF-8 are hardly ever anything else.
    is_single = codec is not None and codec.startswith(_SINGLE_BYTE)
    for candidate in ("utf-8", codec) if is_single else (codec, "utf-8"):
        if candidate and (text := _strictly(data, candidate)) is not None:
            return text
    return _repaired(data, codec)


def _marked(data: bytes, codec: str | None) -> str | None:
    """Text whose bytes themselves say what they are: byte order marks, zeros, escapes."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    if codec is None and b"\x1b$" in data and data.isascii():
        return _strictly(data, "iso2022_jp_ext") or _strictly(data, "iso2022_kr")
    if (codec is None or codec == "utf-8") and len(data) > 3 and data.count(0) * 5 > len(data) * 2:
        return data.decode("utf-16-be" if data[::2].count(0) > data[1::2].count(0) else "utf-16-le",
                           "replace")  # fmt: skip
    return None


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
    seen = _seen(data)
    return (seen and _strictly(data, seen)) or _strictly(data, "cp1252") or data.decode("latin-1")


def _seen(data: bytes) -> str | None:
    """The character set that `data` looks like, where it has enough letters to tell."""
    sample = data[:_SAMPLE]
    high = len(_ASCII.sub(b"", sample))
    if high < _FEW and high * 2 < len(sample.strip()):
        return _worded(sample) if len(sample) > _SENTENCE else None
    found = from_bytes(
        sample, steps=1, chunk_size=_SAMPLE, cp_isolation=_SEEN, preemptive_behaviour=False,
        enable_fallback=False,
    ).best()  # fmt: skip
    if found is None:
        return None
    if found.encoding == "cp874" and _in_pairs(sample):
        return max(_PAIRS, key=lambda codec: confidence(_strictly(sample, codec) or ""))
    return _worded(sample) if found.encoding in _LATIN else found.encoding


def _in_pairs(sample: bytes) -> bool:
    """Whether what looks like Thai is letters of two bytes, with the first bytes that are common.

    Those are the punctuation, kana and first level of the Chinese and Korean sets; of Thai letters
    half would have to be others.
    """
    runs = _HIGH.findall(sample)
    if any(len(run) % 2 for run in runs):
        return False
    leads = b"".join(run[::2] for run in runs)
    return len(leads.translate(None, _COMMON_LEADS)) * 8 <= len(leads)


def _worded(sample: bytes) -> str:
    """The set of West, Central Europe or Turkey whose words are most like a language's."""
    telling = b" ".join(_TELLING.findall(sample)[:_MOST_TELLING])
    return max(_LATIN, key=lambda codec: confidence(telling.decode(codec, "replace")))


def _leniently(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec, "replace")
    except (UnicodeError, ValueError, LookupError):
        return _BROKEN
