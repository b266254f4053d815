"""The words of compressed RTF (MS-OXRTFCP), in which Outlook keeps a body."""

import re
import struct
from typing import Final

_HEAD: Final = struct.Struct("<IIII")
_COMPRESSED: Final = 0x75465A4C
_PLAIN: Final = 0x414C454D
_LARGEST: Final = 4 * 1024 * 1024
# What every dictionary begins with (MS-OXRTFCP §2.1.2.1): 207 bytes.
_BEGINNING: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW: Final = 4096
_TOKEN: Final = re.compile(
    r"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,5}) ?\??|\\([a-z]{1,32})(-?\d{1,10})? ?|\\([^a-z])|([{}])"
    r"|([^\\{}\r\n]+)"
)
# Groups that hold no words of the body.
_SILENT: Final = frozenset(
    {"fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "htmltag", "mhtmltag"}
)
_SHOWN: Final = {"par": "\n", "line": "\n", "tab": "\t", "emdash": "—", "endash": "–",
                 "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”"}  # fmt: skip


def words(compressed: bytes) -> str:
    """The plain words of compressed RTF; "" where there are none, or it is none."""
    data = decompressed(compressed)
    return _plain(data.decode("latin-1")) if data.startswith(b"{\\rtf") else ""


def decompressed(data: bytes) -> bytes:
    """RTF as it was before compression, as far as it goes; b"" where it is none."""
    if len(data) < _HEAD.size:
        return b""
    _size, raw_size, kind, _checksum = _HEAD.unpack_from(data)
    if kind == _PLAIN:
        return data[16 : 16 + raw_size]
    return _expanded(data, min(raw_size, _LARGEST)) if kind == _COMPRESSED else b""


def _expanded(data: bytes, size: int) -> bytes:
    """LZFu: eight tokens follow a byte of flags; a set bit refers to 2 to 17 earlier bytes."""
    window = bytearray(_BEGINNING).ljust(_WINDOW, b"\0")
    write, out, at = len(_BEGINNING), bytearray(), 16
    while at < len(data) and len(out) < size:
        flags, at = data[at], at + 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 2 > len(data):
                    return bytes(out)
                offset, length = data[at] << 4 | data[at + 1] >> 4, (data[at + 1] & 15) + 2
                at += 2
                if offset == write:
                    return bytes(out)
            else:
                if at >= len(data):
                    return bytes(out)
                window[write] = data[at]
                offset, length, at = write, 1, at + 1
            for step in range(length):
                byte = window[(offset + step) % _WINDOW]
                window[write] = byte
                out.append(byte)
                write = (write + 1) % _WINDOW
    return bytes(out)


def _plain(markup: str) -> str:
    said: list[str] = []
    silent: list[bool] = [False]
    for byte, code, word, _number, sign, brace, text in _TOKEN.findall(markup):
        if brace == "{":
            silent.append(silent[-1])
        elif brace == "}":
            if len(silent) > 1:
                silent.pop()
        elif word in _SILENT or sign == "*" or word == "htmlrtf":
            silent[-1] = not (word == "htmlrtf" and _number == "0")
        elif not silent[-1]:
            said.append(_shown(byte, code, word, sign, text))
    return "".join(said).strip()


def _shown(byte: str, code: str, word: str, sign: str, text: str) -> str:
    if byte:
        return bytes([int(byte, 16)]).decode("cp1252", "replace")
    if code:
        return chr(int(code) % 65_536)
    return text or _SHOWN.get(word, "") or {"~": " ", "_": "-"}.get(sign, sign)
