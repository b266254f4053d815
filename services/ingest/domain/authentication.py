"""What SPF, DKIM and DMARC said of a mail, by Authentication-Results (RFC 8601)."""

import re
from collections.abc import Mapping, Sequence, Set
from typing import Final

BY: Final = "by"
"""The key under which results name who checked."""

_METHODS = ("spf", "dkim", "dmarc", "arc")
_COMMENT = re.compile(r"\([^()]{0,500}\)")
_RESULT = re.compile(
    r"(?:^|;)\s*(spf|dkim|dmarc|arc)(?:/\d+)?\s*=\s*([a-z]{2,12})(?=[\s;]|$)", re.IGNORECASE
)
_WORDS = frozenset(
    {"none", "pass", "fail", "policy", "neutral", "softfail", "temperror", "permerror", "hardfail",
     "bestguesspass"}
)  # fmt: skip


def trusted_results(lines: Sequence[str], trusted: Set[str]) -> dict[str, str]:
    """The results that the nearest trusted relay wrote; empty where none did.

    lines: Authentication-Results, from the top of the mail down. trusted: authserv-ids in lower
    case. Of several lines of that relay all count, and of several signatures the one that passed.
    A relay must remove lines that others wrote in its name (RFC 8601 §5), else anybody is trusted.
    """
    read = [read_results(line) for line in lines]
    nearest = next((one[BY] for one in read if one.get(BY) in trusted), None)
    results: dict[str, str] = {}
    for one in read:
        if nearest is not None and one.get(BY) == nearest:
            results = _better(results, one)
    return results


def read_results(line: str) -> dict[str, str]:
    """One line: the result of each method in lower case, and who says so under `by`."""
    said = _COMMENT.sub(" ", line)
    server, _, rest = said.partition(";")
    by = (server.split() or [""])[0].lower()
    if not by:
        return {}
    results: dict[str, str] = {BY: by[:255]}
    for method, result in _RESULT.findall(";" + rest):
        if result.lower() in _WORDS:
            results = _better(results, {method.lower(): result.lower()})
    return results


def _better(results: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Both together; a pass is not undone by a second signature that failed."""
    merged = {**more, **results}
    for method in _METHODS:
        if "pass" in (results.get(method), more.get(method)):
            merged[method] = "pass"
    return merged
