"""Text from outside, made fit to be stored, published and shown."""

import re

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")  # control characters have no place in a line


def clean(text: str) -> str:
    """`text` without NUL, and with lone surrogates (half characters) as U+FFFD.

    PostgreSQL stores neither, and UTF-8 has no bytes for the latter.
    """
    if text.isascii():
        return text.replace("\0", "")
    if not _UNSTORABLE.search(text):
        return text
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\0" else "\ufffd", text)


def one_line(text: str, longest: int) -> str:
    """`text` cleaned, on one line, with single spaces, of at most `longest` characters.

    Control characters count as space.
    """
    # Most lines are fit as they are, which is seen in a tenth of the time.
    if not (text.isascii() and text.isprintable() and "  " not in text):
        text = _SPACE.sub(" ", clean(text))
    return text.strip()[:longest].rstrip()


def body(text: str) -> str:
    """`text` cleaned, with \\n as the only line break, without blank lines around it."""
    lines = clean(text).replace("\r\n", "\n").replace("\r", "\n")
    return lines.strip("\n \t\ufeff")


def beginning(text: str, longest: int) -> str:
    """As much of `text` as fits into `longest` bytes of UTF-8, cut between two characters."""
    if len(text) * 4 <= longest:
        return text
    encoded = text.encode()
    return text if len(encoded) <= longest else encoded[:longest].decode(errors="ignore")
