"""Transfer encodings (RFC 2045 §6) taken off, also where they were put on badly."""

import binascii
import re
from typing import Final

_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_BLANKS: Final = b" \t\r\n\f\v\0"
_BASE64_LINE: Final = re.compile(rb"[ \t]*[A-Za-z0-9+/]*={0,2}[ \t\r]*\n?")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]")
_PADDED: Final = (b" \n", b" \r\n", b"\t\n", b"\t\r\n")
_SOFT_BREAK: Final = re.compile(rb"=[ \t]++(?=\r?\n)")
_UU_BEGIN: Final = re.compile(rb"(?m)^begin [0-7]{3,4} [^\r\n]*\r?\n")

BAD: Final = "bad-transfer-encoding"
"""The fault of a body that is not in the encoding that it says."""


def decoded(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """`data` without its encoding, and what was wrong; never raises.

    What is not in the encoding that it claims comes back as it is.
    """
    if encoding == "base64":
        return _base64(data)
    if encoding == "quoted-printable":
        # Blanks at a line's end are added on the way, also behind a soft break (RFC 2045 §6.7).
        is_padded = any(end in data for end in _PADDED)
        return binascii.a2b_qp(_SOFT_BREAK.sub(b"=", data) if is_padded else data), None
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uuencoded(data)
    return data, None


def _base64(data: bytes) -> tuple[bytes, str | None]:
    strange = len(data.translate(None, _BASE64 + _BLANKS))
    if strange:
        return _partly_base64(data)
    if (ended := data.find(b"=")) >= 0 and (rest := data[ended:].lstrip(b"=").strip(_BLANKS)):
        return _pieces(data[:ended], rest)
    return _lenient(data)


def _lenient(data: bytes) -> tuple[bytes, str | None]:
    try:
        return binascii.a2b_base64(data), None
    except binascii.Error:  # cut short, or without its padding
        letters = _NOT_BASE64.sub(b"", data)
        whole = letters[: len(letters) - (len(letters) % 4 == 1)]
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)), BAD


def _pieces(first: bytes, rest: bytes) -> tuple[bytes, str | None]:
    """What some mailers make: pieces encoded each for itself, with padding in between.

    What follows the end and is no piece is dropped (RFC 2045 §6.8).
    """
    pieces = [first]
    for piece in re.split(rb"=+", rest):
        letters = piece.translate(None, _BLANKS)
        if len(letters) % 4 == 1 or (len(letters) < 12 and len(letters) % 4):
            break
        pieces.append(letters)
    return b"".join(_lenient(piece)[0] for piece in pieces), BAD


def _partly_base64(data: bytes) -> tuple[bytes, str | None]:
    """Base64 with plain words behind it, as mailing lists append them; or no base64 at all."""
    at = 0
    while at < len(data) and (line := _BASE64_LINE.match(data, at)):
        if not (line[0].endswith(b"\n") or line.end() == len(data)):
            break
        at = line.end()
    head, tail = data[:at], data[at:]
    # As many blanks as words have, and signs besides, were never base64.
    is_wordy = tail.strip().count(b" ") * 12 >= len(tail)
    if not is_wordy and len(tail.translate(None, _BASE64 + _BLANKS)) * 20 <= len(data):
        # A few bytes broken on the way: the rest is still worth reading.
        return _lenient(data.translate(None, bytes(set(range(256)) - set(_BASE64))))[0], BAD
    if len(head.strip()) < 24 or b" " not in tail.strip():
        return data, BAD
    return _lenient(head)[0] + b"\n" + tail, BAD


def _uuencoded(data: bytes) -> tuple[bytes, str | None]:
    begin = _UU_BEGIN.search(data)
    if begin is None:
        return data, BAD
    decoded_lines = []
    for line in data[begin.end() :].splitlines():
        if line in (b"", b"end", b"`"):
            break
        try:
            decoded_lines.append(binascii.a2b_uu(line))
        except binascii.Error:  # too long by the sender's own count: the count says what is meant
            size = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                decoded_lines.append(binascii.a2b_uu(line[:size]))
            except binascii.Error:
                return data, BAD
    return b"".join(decoded_lines), None
