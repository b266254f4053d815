"""DKIM signatures of our own mails (RFC 6376): relaxed/relaxed, rsa-sha256.

Made here and not by dkimpy, which takes the time from the clock, so that no two signatures of a
mail are the same, and needs ten times as long: its RSA is written in Python. The tests verify with
dkimpy.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_SPACE = re.compile(rb"[ \t]+")
_LINE_END_SPACE = re.compile(rb"[ \t]+\r\n")
_FOLD = re.compile(r"\r\n[ \t]+")
_RUN = re.compile(r"[ \t]+")
# RFC 8058 §4 wants the List-Unsubscribe pair signed; From twice, so that no other can be added.
_SIGNED = (
    "from", "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "reply-to",
    "mime-version", "content-type", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip


class UnusableKey(ValueError):
    """The text is no PEM private key of a kind that DKIM knows (RSA, 1,024 bits or more)."""


def signature(lines: Sequence[str], body: bytes, *, domain: str, selector: str, key: str) -> str:
    """The DKIM-Signature line for header lines (without their ends) and a body with CRLF.

    key: PEM. The same mail and key give the same signature. Raises UnusableKey.
    """
    private = _private(key)
    present = _by_name(lines)
    names = [name for name in _SIGNED if name in present]
    unsigned = (
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain};\r\n"
        f" s={selector};\r\n h={':'.join(dict.fromkeys(names))}:from;\r\n"
        f" bh={b64encode(hashlib.sha256(_relaxed(body)).digest()).decode()};\r\n b="
    )
    # The second From of h= stands for one that is not there: it adds nothing to what is signed.
    signed = "".join(f"{present[name]}\r\n" for name in dict.fromkeys(names))
    value = _sign(private, (signed + _relaxed_line(unsigned)).encode("ascii"))
    return unsigned + "\r\n ".join(value[at : at + 70] for at in range(0, len(value), 70))


@lru_cache(maxsize=256)
def _private(key: str) -> RSAPrivateKey:
    try:
        loaded = load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnusableKey("the DKIM key is no private key in PEM") from None
    if isinstance(loaded, RSAPrivateKey) and loaded.key_size >= 1024:
        return loaded
    raise UnusableKey("a DKIM key is RSA of 1,024 bits or more")


def _sign(key: RSAPrivateKey, data: bytes) -> str:
    return b64encode(key.sign(data, PKCS1v15(), SHA256())).decode()


def _by_name(lines: Sequence[str]) -> dict[str, str]:
    relaxed = map(_relaxed_line, lines)
    return {line.partition(":")[0]: line for line in relaxed}


def _relaxed_line(line: str) -> str:
    """RFC 6376 §3.4.2: name in lower case, unfolded, runs of blanks as one, none at the ends."""
    name, _, value = _FOLD.sub(" ", line).partition(":")
    return f"{name.strip().lower()}:{_RUN.sub(' ', value).strip()}"


def _relaxed(body: bytes) -> bytes:
    """RFC 6376 §3.4.4: no blanks at line ends, runs of them as one, no empty lines at the end."""
    text = _LINE_END_SPACE.sub(b"\r\n", body)
    text = _SPACE.sub(b" ", text)
    stripped = text.rstrip(b"\r\n ")
    return stripped + b"\r\n" if stripped else b""
