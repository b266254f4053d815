"""Whether a mail is held back as spam: lists, the verdicts of filters before us, and a rule.

The first of these that says something decides: a signed reply address or the allow list (never
spam), the deny list, the account's rule, the filters' score against the account's threshold.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import cel

from services.ingest.domain.marks import Marks

DEFAULT_THRESHOLD: Final = 5.0
"""Score from which on a mail is spam: what SpamAssassin and its like call spam by default."""

LONGEST_RULE: Final = 2_000
_TEXT_SEEN = 10_000  # characters of a text that a rule sees
_NUMBER = re.compile(r"-?\d{1,4}(?:\.\d{1,4})?")
_SCORE = re.compile(r"\b(?:score|hits)\s*=\s*(-?\d{1,4}(?:\.\d{1,4})?)", re.IGNORECASE)
_REQUIRED = re.compile(r"\brequired\s*=\s*(\d{1,4}(?:\.\d{1,4})?)", re.IGNORECASE)
_SYMBOLS = re.compile(r"\[(-?\d{1,4}(?:\.\d{1,4})?)\s*/\s*(\d{1,4}(?:\.\d{1,4})?)\]")
_SCL = re.compile(r"\bSCL:\s*(-?\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Suspect:
    """What the checks look at. sender: lower-case address; authentication: results by method."""

    sender: str | None
    subject: str
    text: str
    marks: Marks
    authentication: Mapping[str, str]
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to hold a mail back, and why in one word and its detail, such as `score 7.1`."""

    spam: bool
    why: str


class BadRule(ValueError):
    """A rule that is no CEL expression; the text says where."""


Check = Callable[[Suspect, Mapping[str, Any]], Verdict | None]
"""One check: its verdict, or None where it has nothing to say. settings: the account's `spam`."""


def judge(suspect: Suspect, settings: Mapping[str, Any]) -> Verdict:
    """The verdict of the first check that has one."""
    for check in CHECKS:
        verdict = check(suspect, settings)
        if verdict is not None:
            return verdict
    return Verdict(False, "nothing against it")


def score(marks: Marks) -> float | None:
    """The worst score that a filter gave, on SpamAssassin's scale (5 is spam); None without one.

    A filter's own limit is brought to 5; a plain yes counts as 5 at least. Microsoft's spam
    confidence level 5 and 6 count as spam, 7 to 9 as certain.
    """
    found = [
        value
        for name, read in _READERS.items()
        for line in marks.get(name, ())
        if (value := read(line)) is not None
    ]
    return max(found, default=None)


def compiled(rule: str) -> cel.Program:
    """A rule ready to run. Raises BadRule where it is no CEL expression."""
    if len(rule) > LONGEST_RULE:
        raise BadRule(f"longer than {LONGEST_RULE} characters")
    return _compiled(rule)


def _signed(suspect: Suspect, _settings: Mapping[str, Any]) -> Verdict | None:
    return Verdict(False, "signed reply address") if suspect.signed else None


def _allowed(suspect: Suspect, settings: Mapping[str, Any]) -> Verdict | None:
    # Anybody can write a sender; who is known not to be it is not let in by its name.
    if suspect.authentication.get("dmarc") == "fail":
        return None
    return Verdict(False, "allow list") if _listed(suspect, settings.get("allow", ())) else None


def _denied(suspect: Suspect, settings: Mapping[str, Any]) -> Verdict | None:
    return Verdict(True, "deny list") if _listed(suspect, settings.get("deny", ())) else None


def _by_rule(suspect: Suspect, settings: Mapping[str, Any]) -> Verdict | None:
    rule = settings.get("rule")
    if not rule:
        return None
    try:
        said = compiled(rule).execute(_facts(suspect))
    except Exception:  # a rule that does not fit this mail, in whatever way, says nothing of it
        return None
    return Verdict(True, "rule") if said is True else None


def _by_score(suspect: Suspect, settings: Mapping[str, Any]) -> Verdict | None:
    given = score(suspect.marks)
    if given is None:
        return None
    threshold = float(settings.get("threshold", DEFAULT_THRESHOLD))
    return Verdict(given >= threshold, f"score {given:g}")


CHECKS: Final[Sequence[Check]] = (_signed, _allowed, _denied, _by_rule, _by_score)
"""In their order; a new check is one more function here."""


def _listed(suspect: Suspect, entries: Sequence[str]) -> bool:
    """Entries are addresses or domains (`@example.com`, with those below it: `@.example.com`)."""
    if suspect.sender is None:
        return False
    _, _, domain = suspect.sender.rpartition("@")
    names = {suspect.sender, "@" + domain}
    parts = domain.split(".")
    names |= {"@." + ".".join(parts[n:]) for n in range(len(parts))}
    return not names.isdisjoint(entry.strip().lower() for entry in entries)


def _facts(suspect: Suspect) -> dict[str, Any]:
    return {
        "sender": suspect.sender or "", "domain": (suspect.sender or "").rpartition("@")[2],
        "subject": suspect.subject, "text": suspect.text[:_TEXT_SEEN],
        "score": score(suspect.marks) or 0.0,
        "headers": {name: list(values) for name, values in suspect.marks.items()},
        "spf": suspect.authentication.get("spf", ""),
        "dkim": suspect.authentication.get("dkim", ""),
        "dmarc": suspect.authentication.get("dmarc", ""),
    }  # fmt: skip


@lru_cache(maxsize=256)
def _compiled(rule: str) -> cel.Program:
    try:
        return cel.compile(rule)
    except (ValueError, RuntimeError) as error:
        raise BadRule(str(error).splitlines()[0][:200]) from None


def _flag(line: str) -> float | None:
    return (
        5.0 if line.strip().lower().split(" ")[0].rstrip(",;") in ("yes", "true", "spam") else None
    )


def _status(line: str) -> float | None:
    scored, limit = _SCORE.search(line), _REQUIRED.search(line)
    flagged = _flag(line)
    if scored is None:
        return flagged
    value = float(scored.group(1))
    if limit is not None and float(limit.group(1)) > 0:
        value *= 5 / float(limit.group(1))
    return value if flagged is None else max(value, flagged)


def _number(line: str) -> float | None:
    found = _NUMBER.match(line.strip())
    return float(found.group()) if found else None


def _rspamd(line: str) -> float | None:
    found = _SYMBOLS.search(line)
    if found is None or float(found.group(2)) == 0:
        return None
    return float(found.group(1)) * 5 / float(found.group(2))


def _action(line: str) -> float | None:
    return {"add header": 5.0, "rewrite subject": 5.0, "reject": 10.0}.get(line.strip().lower())


def _confidence(line: str) -> float | None:
    found = _SCL.search(line) or re.match(r"(-?\d)", line.strip())
    level = int(found.group(1)) if found else -1
    return (10.0 if level >= 7 else 5.0) if level >= 5 else None


_READERS: Final[Mapping[str, Callable[[str], float | None]]] = {
    "x-spam-flag": _flag,
    "x-spam": _flag,
    "x-spam-status": _status,
    "x-barracuda-spam-status": _status,
    "x-spam-score": _number,
    "x-spamd-result": _rspamd,
    "x-rspamd-action": _action,
    "x-ms-exchange-organization-scl": _confidence,
    "x-forefront-antispam-report": _confidence,
}
