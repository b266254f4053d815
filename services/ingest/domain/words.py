"""Encoded words of headers (RFC 2047), also as they are written against its rules."""

import binascii
import re
from collections.abc import Iterator
from typing import Final

from services.ingest.domain.charsets import decode
from services.ingest.domain.transfer import decoded as transferred

# Blanks and "?" inside a word, a language behind "*" (RFC 2231 §5), a line cut before its end: all
# of that is sent.
_WORD: Final = re.compile(r"=\?([^?=\s*]{1,60})(?:\*[^?\s]*)?\?([bBqQ])\?(.*?)(?:\?=|\?$|$)")


def decoded(line: str) -> str:
    """`line` with its encoded words as text; neighbours of one character set are read together."""
    if "=?" not in line:
        return line
    return "".join(_pieces(line))


def _pieces(line: str) -> Iterator[str]:
    at, charset, kept = 0, "", b""
    for word in _WORD.finditer(line):
        between = line[at : word.start()]
        # Blanks between two words are not shown (§6.2), and a letter may lie in both.
        if kept and (between.strip() or word[1].lower() != charset):
            yield decode(kept, charset)
            kept = b""
        if at == 0 or between.strip():
            yield between
        charset, at = word[1].lower(), word.end()
        kept += _bytes(word[2], word[3])
    if kept:
        yield decode(kept, charset)
    yield line[at:]


def _bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        return transferred(data, "base64")[0]
    return binascii.a2b_qp(data, header=True)
