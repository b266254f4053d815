"""What bytes look like: the character set that an old mailer wrote, or meant by another."""

import re
from collections.abc import Sequence
from typing import Final

from charset_normalizer import from_bytes

from services.ingest.domain.languages import confidence, most_like

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
# What is looked at where a Western set is declared. Of the letters of Western words with any beyond
# ASCII less than half are that, but for a single word ("määrää"); in other scripts nearly all.
_LETTERS: Final = re.compile(rb"[A-Za-z]*[\x80-\x9f\xa1-\xff][A-Za-z\x80-\xff]*")
_REPEATED: Final = re.compile(rb"([\x80-\xff])\1{2,}")  # lines and blanks made of one sign
_FOREIGN: Final = 0.6
_ENOUGH: Final = 8
_SOME: Final = 2
_BEFORE: Final = 100
_CONTROLS: Final = re.compile(rb"[\x80-\x9f]")  # which ISO 8859 has no letters for
_TAG: Final = re.compile(rb"<[^<>]*>")
_SURE: Final = 0.5
_CENTRAL: Final = frozenset({"cs", "sk", "pl", "hu", "sl", "hr", "bs", "sr", "ro"})
_TURKISH: Final = frozenset({"tr", "az", "tk"})
_TOLD_APART: Final = bytes(
    byte
    for byte in range(0x80, 0x100)
    if len({bytes([byte]).decode(codec, "replace") for codec in (*_LATIN, "iso8859_2")}) > 1
)


def strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError, LookupError):
        return None


def seen(data: bytes) -> str | None:
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
        return max(_PAIRS, key=lambda codec: confidence(strictly(sample, codec) or ""))
    return _worded(sample) if found.encoding in _LATIN else found.encoding


def meant(data: bytes, western: str) -> str:
    """The set of `data`, which is declared to be in a Western one and has letters beyond ASCII."""
    first = _HIGH.search(data)
    start = max(0, first.start() - _BEFORE) if first else 0
    sample = data[start : start + _SAMPLE]
    if _is_foreign(sample):
        found = seen(sample)
        return western if found is None or found in _LATIN else found
    return _by_language(_TAG.sub(b" ", sample), western)


def _is_foreign(sample: bytes) -> bool:
    """Whether the words that are not all ASCII have next to no ASCII in them."""
    if len(_ASCII.sub(b"", sample)) < _ENOUGH:
        return False
    words = _LETTERS.findall(_REPEATED.sub(rb"\1", sample))
    letters = b"".join(word for word in words if len(word) > 2)
    high = len(_ASCII.sub(b"", letters))
    return high >= _ENOUGH and high >= _FOREIGN * len(letters)


def _by_language(sample: bytes, western: str) -> str:
    """Central European and Turkish words are known as such also by their wrong letters."""
    if len(sample) <= _SENTENCE or len(sample) - len(sample.translate(None, _TOLD_APART)) < _SOME:
        return western
    language, likelihood = most_like(sample.decode(western, "replace"))
    if likelihood < _SURE:
        return western
    if language in _CENTRAL:
        return "cp1250" if _CONTROLS.search(sample) else _likelier(sample, ("cp1250", "iso8859_2"))
    return "cp1254" if language in _TURKISH else western


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
    return _likelier(sample, _LATIN)


def _likelier(sample: bytes, codecs: Sequence[str]) -> str:
    telling = b" ".join(_TELLING.findall(sample)[:_MOST_TELLING])
    return max(codecs, key=lambda codec: confidence(telling.decode(codec, "replace")))
