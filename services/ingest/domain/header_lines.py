"""Header lines of our own mails: folded, encoded, and never more than one line of what was given.

Every value goes through `texts.one_line`, which makes line breaks and other control characters
spaces: nothing that a request says can begin a header of its own.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from services.ingest.domain.texts import one_line

_WIDTH = 76
_WORD_BYTES = 45  # as base64, 60 characters: an encoded word has at most 75 (RFC 2047 §2)
_PIECE = 54  # characters of one RFC 2231 continuation
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_SAFE_VALUE = re.compile(r"[A-Za-z0-9 !#$&+.,^_`{}~()-]{1,60}")

LONGEST_ID = 900
"""Characters of a message id or URL that still fit on a line, which cannot be broken inside one."""


def unstructured(name: str, text: str, longest: int = 900) -> str:
    """A whole line such as Subject, folded at 76 columns where it has spaces, without its end."""
    line = one_line(text, longest)
    if not line.isascii() or "=?" in line or _too_wide(line):
        return f"{name}: " + "\r\n ".join(_words(line))
    return _folded(f"{name}:", line.split(" "))


def tokens(name: str, values: Sequence[str]) -> str:
    """A line of message ids or other unbreakable ASCII values; those too long are left out."""
    return _folded(f"{name}:", [value for value in values if len(value) <= LONGEST_ID])


def mailbox(name: str, who: str | None, address: str) -> str:
    """An address line: `From: "Ana" <ana@example.com>`. address: checked and ASCII already."""
    who = one_line(who or "", 200)
    if not who:
        return f"{name}: {address}"
    if who.isascii() and "=?" not in who and not _too_wide(who):
        return _folded(f"{name}:", [*_quoted(who).split(" "), f"<{address}>"])
    return f"{name}: " + "\r\n ".join([*_words(who), f"<{address}>"])


def parameter(name: str, value: str) -> str:
    """`; filename=…` on lines of its own; beyond plain ASCII as RFC 2231 has it, in pieces."""
    value = one_line(value, 200)
    if _SAFE_VALUE.fullmatch(value):
        return f';\r\n {name}="{value}"'
    pieces = list(_pieces(quote(value, safe="")))
    if len(pieces) == 1:
        return f";\r\n {name}*=utf-8''{pieces[0]}"
    first, *more = pieces
    lines = [f"{name}*0*=utf-8''{first}"]
    lines += [f"{name}*{number}*={piece}" for number, piece in enumerate(more, 1)]
    return "".join(f";\r\n {line}" for line in lines)


def _folded(start: str, words: Sequence[str]) -> str:
    lines, line = [], start
    for word in words:
        if len(line) + 1 + len(word) > _WIDTH and line != start:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line])


def _words(text: str) -> Iterator[str]:
    """Encoded words; a character's bytes are never split between two of them."""
    word = b""
    for letter in text:
        encoded = letter.encode()
        if len(word) + len(encoded) > _WORD_BYTES:
            yield f"=?utf-8?b?{b64encode(word).decode()}?="
            word = b""
        word += encoded
    yield f"=?utf-8?b?{b64encode(word).decode()}?="


def _pieces(escaped: str) -> Iterator[str]:
    """An escaped value in pieces that cut no %XX in two."""
    start = 0
    while start < len(escaped):
        end = start + _PIECE
        if "%" in (cut := escaped[end - 2 : end]) and end < len(escaped):
            end -= 2 - cut.index("%")
        yield escaped[start:end]
        start = end


def _quoted(who: str) -> str:
    if _ATOMS.fullmatch(who):
        return who
    escaped = who.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _too_wide(line: str) -> bool:
    return any(len(word) > _WIDTH - 10 for word in line.split(" "))
