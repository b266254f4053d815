"""Address headers (RFC 5322 §3.4) to names and addresses, also where nobody quoted the names.

Where a line has addresses in angle brackets, those are the addresses, and what stands before one
is its name, whatever signs are in it: `Lee, Kim <kim@example.com>` is one person.
"""

import email.utils
import re
from collections.abc import Sequence

from services.ingest.domain.words import decoded

# Begun only where a word begins: time stays in proportion to a line's length.
_ADDRESS = re.compile(r"(?<![^\s<>,;:\"()])[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")
# What most senders write, in which nothing is quoted, folded or commented: read at once.
_PLAIN = re.compile(
    r"((?:[A-Za-z0-9-]+ )*)<([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9.-]+)>"
)
# Possessive, and begun only where they can be: time stays in proportion to a line's length.
_QUOTED = r'(?<!\\)"(?:[^"\\]|\\.)*+"'
_COMMENT = r"\((?:[^()]|\([^()]*+\))*+\)"
_ANGLE = re.compile(rf"{_QUOTED}|{_COMMENT}|(?<!<)<++((?:[^<>\"]|{_QUOTED})*+)(?:>+|$)")
_SEPARATOR = re.compile(rf"{_QUOTED}|{_COMMENT}|([,;])")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)"')
_ESCAPED = re.compile(r"\\(.)")
_BEHIND = re.compile(r"\s*+(\([^()]*+\))\s*+(?=[,;]|$)")
_GROUP = re.compile(r"[^:;@<>?,]*+:")
_WHOLE = re.compile(
    rf"(?:[^:;@<>?,]*:)?\s*(?:{_QUOTED}|[^\s<>,;:\"()@]+)@[^\s<>,;:\"()@]+\s*(?:{_COMMENT})?\s*"
)
_EMPTY_GROUP = re.compile(r"[^:;@]*:\s*;?\s*")
_ROUTE = re.compile(r"\A\s*(?:mailto:|@[^:]*:)", re.IGNORECASE)
# Python's later releases refuse whole headers by default where one address is odd (CVE-2023-27043).
_LENIENTLY = {"strict": False} if hasattr(email.utils, "supports_strict_parsing") else {}

Pair = tuple[str, str]
"""A name and an address as they are written, encoded words and all; either may be empty."""


def pairs(line: str) -> Sequence[Pair]:
    """Whom a line of From, To and their like names; at least one, unless it is an empty group."""
    if plain := _PLAIN.fullmatch(line):
        return [(plain[1], plain[2])]
    if found := _angled(line) or _bare(line):
        return found
    unfolded = decoded(line)
    if unfolded != line and "@" in unfolded:
        return pairs(unfolded)  # the whole address had been written as one encoded word
    if _EMPTY_GROUP.fullmatch(line):
        return []  # such as "undisclosed-recipients:;"
    found = [("", address) for address in _ADDRESS.findall(line)]
    return found or _listed(line) or [(line, "")]


def _angled(line: str) -> list[Pair]:
    """Those of a line with addresses in angle brackets; empty where it has none."""
    found: list[Pair] = []
    at = 0
    for angle in _ANGLE.finditer(line) if "<" in line else ():
        if "@" not in (angle[1] or ""):
            continue
        before = line[at : angle.start()]
        others, name = _parted(before, in_group=";" in line)
        if found and found[-1][0] and not before.strip():
            name = found.pop()[0]  # of `Kim <kim@old.example> <kim@example.com>` the last counts
        at = angle.end()
        if behind := _BEHIND.match(line, at):
            name, at = name or behind[1], behind.end()
        found += [*others, (_unquoted(name), _ROUTE.sub("", angle[1]))]
    behind_all = line[at:].lstrip()
    return found + _listed(behind_all) if found and behind_all.startswith((",", ";")) else found


def _parted(text: str, *, in_group: bool) -> tuple[list[Pair], str]:
    """Bare addresses of a list, and the name of the address in brackets that follows them."""
    text = text.lstrip(" \t,;")
    start = at = 0
    for sign in _SEPARATOR.finditer(text) if "@" in text else ():
        if sign[1]:
            start = sign.end() if _WHOLE.fullmatch(text, at, sign.start()) else start
            at = sign.end()
    name = text[start:].strip()
    group = _GROUP.match(name) if in_group else None
    return _listed(text[:start]), name[group.end() :].strip() if group else name


def _unquoted(name: str) -> str:
    """A name without the quotes around its words, or the brackets around all of it."""
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1]
    return _STRING.sub(lambda found: _ESCAPED.sub(r"\1", found[1]), name)


def _bare(line: str) -> list[Pair]:
    """Those of a line without angle brackets; empty where the grammar does not find whole ones."""
    found = _listed(line)
    addresses = [address for _, address in found if "@" in address]
    return found if addresses and not any(one.startswith("@") for one in addresses) else []


def _listed(line: str) -> list[Pair]:
    try:
        found = email.utils.getaddresses([line], **_LENIENTLY) if line else []
    except (ValueError, IndexError, RecursionError):
        return []
    return [pair for pair in found if any(pair)]
