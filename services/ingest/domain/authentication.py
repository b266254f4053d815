"""What SPF, DKIM and DMARC said of a mail, by Authentication-Results (RFC 8601)."""

import re
from collections.abc import Mapping, Sequence, Set
from typing import Final

BY: Final = "by"
"""The key under which results name who checked."""

_COMMENT = re.compile(r"\([^()]{0,500}\)")
_QUOTED = re.compile(r'"([^"]*)"')
_RESULT = re.compile(
    r"(?:^|;)\s*(spf|dkim|dmarc|arc)(?:/\d+)?\s*=\s*([a-z]{2,12})(?=[\s;]|$)([^;]*)", re.IGNORECASE
)
_HEADER_FROM = re.compile(r"\bheader\.from\s*=\s*(?:[^\s@]*@)?([^\s@]+)", re.IGNORECASE)
_WORDS = frozenset(
    {"none", "pass", "fail", "policy", "neutral", "softfail", "temperror", "permerror", "hardfail",
     "bestguesspass"}
)  # fmt: skip

_Said = Mapping[str, tuple[str, str]]
"""The result of each method, and the properties that it was found for."""


def trusted_results(lines: Sequence[str], trusted: Set[str], sender: str | None) -> dict[str, str]:
    """The results that the nearest trusted relay wrote; empty where none did.

    lines: Authentication-Results, from the top of the mail down. trusted: authserv-ids in lower
    case. sender: as in `read_results`. Where that relay has several lines, as one for each filter,
    the topmost with a method decides on it: lines further down are older, or somebody else's.
    A relay must remove lines that others wrote in its name (RFC 8601 §5), else anybody is trusted.
    """
    read = [_read(line) for line in lines]
    nearest = next((by for by, _ in read if by in trusted), "")
    said: dict[str, tuple[str, str]] = {}
    for by, one in read:
        if nearest and by == nearest:
            said = {**one, **said}
    return _results(nearest, said, sender)


def read_results(line: str, sender: str | None) -> dict[str, str]:
    """One line: the result of each method in lower case, and who says so under `by`.

    sender: the address that the mail is taken to come from. Where the line says that DMARC passed
    for another domain, programs differ on who wrote the mail: that pass is left out.
    """
    return _results(*_read(line), sender)


def _read(line: str) -> tuple[str, _Said]:
    said = _QUOTED.sub(_unquoted, _COMMENT.sub(" ", line))
    server, _, rest = said.partition(";")
    by = (server.split() or [""])[0].lower()[:255]
    found: dict[str, tuple[str, str]] = {}
    for name, result, about in _RESULT.findall(";" + rest) if by else ():
        method, word = name.lower(), result.lower()
        # Of several signatures the one that passed counts; of all else there is one.
        if word in _WORDS and (method not in found or (method, word) == ("dkim", "pass")):
            found[method] = (word, about)
    return by, found


def _unquoted(found: re.Match[str]) -> str:
    return " " if ";" in found[1] else found[1]  # a reason may be given in any words


def _results(by: str, said: _Said, sender: str | None) -> dict[str, str]:
    results = {BY: by} if by else {}
    for method, (result, about) in said.items():
        if (method, result) != ("dmarc", "pass") or _is_about(sender, about):
            results[method] = result
    return results


def _is_about(sender: str | None, about: str) -> bool:
    """Whether a DMARC result is that of the sender's domain, or of one that it is part of."""
    named = _HEADER_FROM.search(about)
    if named is None:
        return True
    domain = _ascii((sender or "").rpartition("@")[2])
    return f".{domain}".endswith(f".{_ascii(named[1])}")


def _ascii(domain: str) -> str:
    domain = domain.strip(".").lower()
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
