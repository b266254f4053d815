"""Lines that introduce a quoted mail: who wrote it and when.

They come in three shapes: date, name, verb ("On … X wrote:"); name, verb, date ("X schrieb am …:");
and date, name, address without any verb ("пт, 3 янв. 2020 г., X <x@y>:"). Clients wrap them over
up to six lines, wherever they like, and some quote the last piece of it already ("> wrote:").
"""

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.domain.trimming import persons
from services.ingest.domain.trimming.lines import between_signs
from services.ingest.domain.trimming.writing_words import (
    FIRST,
    MYSELF_WROTE,
    QUOTING,
    SOMEBODY,
    WROTE,
    WROTE_LAST,
    WROTE_THERE,
)

_MOST_LINES: Final = 6
_LONGEST: Final = 500
_LONGEST_BARE: Final = 200
_MOST_WORDS: Final = 8

_TIME: Final = re.compile(r"(?<!\d)\d{1,2}\s?[:.h：時时시]\s?\d{2}(?!\d)")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20|٢٠|۲۰)\d\d(?!\d)|(?<!\d)1[34]\d\d(?!\d)|(?<=')\d\d")
_DAY: Final = re.compile(r"(?<!\d)\d{1,4}\s?[-./]\s?\d{1,2}\s?[-./]\s?\d{1,4}(?!\d)")
_OLD_GMAIL: Final = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\s(?:.{0,160}<[^<>\s@]+@[^<>\s]+>$"
    r"|\d{1,2}:\d\d (?:gmt|utc)[+-]\d\d:?\d\d .{1,100}$)"
)
_ADDRESS: Final = re.compile(r"[<(\[&]?[^\s<>()@]{1,80}@[^\s<>()@]{1,120}")
_ADDRESS_LAST: Final = re.compile(
    r"@[^\s@]{1,120}(?:\s?[>)\]]|&gt;)[\s,'\"*_]{0,4}[:：]$|\sот\s.{1,80}@\S{1,80}:$"
)
_ADDRESS_THEN_TIME: Final = re.compile(
    r"<[^<>\s@]+@[^<>\s]+>.{4,60}\d{1,2}[:.]\d\d(?::\d\d)?\s?\]?\s?[:：]$"
)
_ADDRESS_THERE: Final = re.compile(r"<[^<>\s@]{1,80}@[^<>\s]{1,120}>\s?:")
# A line of a log names its level behind the time.
_LOGGED: Final = re.compile(
    r"\W*\d[\dtz\W]{6,30}(?:info|notice|warn(?:ing)?|error|debug|trace|fatal)\b",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"[a-zà-ÿа-я]{4,}\.\s+[A-ZÀ-ÞА-Я]|[!?]\s")


def ends_like_one(line: str) -> bool:
    """A cheap look at whether an attribution may end with `line` (bare)."""
    last = line[-1]
    ends = (
        last in ":：" or (last == ">" and "@" in line) or line[-2:] in ("--", ">>") or "GMT" in line
    )
    return ends and _LOGGED.match(line) is None


def span(
    shown: Sequence[str], first: int, last: int, *, before_quote: bool
) -> tuple[int, int] | None:
    """The lines (first, end exclusive) of the attribution that ends with line `last`, or None.

    It begins at line `first` or later. `before_quote` tells that quoted lines come next.
    """
    if before_quote and _tells_who_and_when(shown[last]):
        return last, last + 1
    joined = ""
    blanks = 0
    for place in range(last, max(first, last - _MOST_LINES + 1) - 1, -1):
        line = shown[place]
        blanks += not line
        joined = f"{line} {joined}".strip()
        if blanks > 2 or len(joined) > _LONGEST:
            return None
        if line and is_attribution(joined, before_quote=before_quote):
            return _from_its_first_word(shown, first, place, joined), last + 1
    return None


def _tells_who_and_when(line: str) -> bool:
    """Whether `line`, above a quote, has an address and a date, whatever its verb is."""
    whole = line[-1] in ":：" and len(line) <= _LONGEST_BARE and _ADDRESS.search(line) is not None
    return whole and _dated(line) and not (_SENTENCE.search(line) or persons.speaks(line))


def _from_its_first_word(shown: Sequence[str], first: int, start: int, joined: str) -> int:
    """Up to three lines further up, if the attribution's first word stands there."""
    if begins(joined):
        return start
    for place in range(start - 1, max(first, start - 3) - 1, -1):
        line = shown[place]
        if not line or line[-1] in ".!?:":
            return start
        if begins(line) and _dated(line):
            return place
    return start


def begins(line: str) -> bool:
    """Whether `line` begins with a word such as "On", or with a figure."""
    start = line.lstrip("-*_> \t\"'“")[:40].lower()
    return bool(start) and (start[0].isdecimal() or _first_word(start) in FIRST)


def _first_word(start: str) -> str:
    words = start.split(None, 1)
    word = words[0].rstrip(",:.") if words else ""
    return word if word.isascii() or len(word) > 1 else start[:1]


def is_attribution(line: str, *, before_quote: bool) -> bool:
    """Whether `line`, unwrapped, introduces a quoted mail."""
    if between_signs(line):
        return True
    inner = line.strip("-* \t\xa0")
    lowered = inner.lower()
    if (
        not inner
        or inner[0] in "<("
        or inner.count(">") > lowered.count("<") + lowered.count("&lt;")
    ):
        return False  # the name or the date stands further up
    addressed = "@" in lowered and _ADDRESS.search(lowered) is not None
    if lowered[-1] not in ":：":
        return _framed(line, inner, addressed=addressed) or _OLD_GMAIL.match(lowered) is not None
    if QUOTING.match(lowered):
        return addressed or before_quote
    if WROTE.search(lowered) is not None:
        return _with_verb(inner, lowered, addressed=addressed, before_quote=before_quote)
    last = _ADDRESS_LAST.search(lowered) or _ADDRESS_THEN_TIME.search(lowered)
    return addressed and last is not None and (_surely_dated(inner) or bool(_DAY.match(inner)))


def _framed(line: str, inner: str, *, addressed: bool) -> bool:
    """Zoho's: between dashes."""
    if not (line.startswith("--") and line.endswith("--") and _dated(inner)):
        return False
    return addressed or WROTE_LAST.search(inner.lower()) is not None


def _with_verb(inner: str, lowered: str, *, addressed: bool, before_quote: bool) -> bool:
    dated = _dated(inner)
    last = WROTE_LAST.search(lowered)
    if last is not None and not lowered[: last.start()].strip():
        return False  # the verb alone: the rest stands further up
    if before_quote and len(inner) <= _LONGEST_BARE and not _SENTENCE.search(inner):
        return dated or addressed or last is not None
    if MYSELF_WROTE.search(lowered) or _SENTENCE.search(inner) or _tells_of_somebody(lowered):
        return False
    if addressed:
        return dated or (last is not None and len(lowered.split()) <= _MOST_WORDS)
    return dated and len(inner) <= _LONGEST_BARE and _of_tight_shape(inner, lowered)


def _tells_of_somebody(lowered: str) -> bool:
    return not SOMEBODY.isdisjoint(lowered.split())


def _of_tight_shape(inner: str, lowered: str) -> bool:
    """Without address or quote: a date first and the verb after it, or verb and time at the end."""
    verb = WROTE.search(lowered)
    if verb is None:
        return False
    when = inner[: verb.start()]
    if (begins(inner) or _dated(inner[:24])) and _dated(when):
        return len(inner) - verb.end() <= 60
    named = verb.start() <= 60 and len(lowered[: verb.start()].split()) <= 6
    when = inner[verb.end() :]
    return named and len(when) <= 50 and _TIME.search(when) is not None


def runs_on(line: str) -> bool:
    """Whether `line` is a whole attribution with quoted words after its colon (Yahoo, Yandex)."""
    head = line[:_LONGEST]
    if not (begins(head) and _dated(head)) or _LOGGED.match(head):
        return False
    end = WROTE_THERE.search(head.lower()) or _ADDRESS_THERE.search(head)
    return end is not None and is_attribution(head[: end.end()].rstrip("> "), before_quote=False)


def runs_on_below(line: str, following: str) -> bool:
    """Whether `line` begins one that ends within the line below it, after an address."""
    if "@" not in following[:_LONGEST_BARE] or not (begins(line) and _dated(line)):
        return False
    return runs_on(f"{line} {following}")


def _dated(text: str) -> bool:
    return bool(_TIME.search(text) or _YEAR.search(text) or _DAY.search(text))


def _surely_dated(text: str) -> bool:
    return sum(bool(one.search(text)) for one in (_TIME, _YEAR, _DAY)) >= 2
