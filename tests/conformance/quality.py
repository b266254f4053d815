"""How right ingest is about reference mails: languages, kinds of mail, what a person wrote.

`python -m tests.conformance.quality` prints the tables without the suite running.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.ingest.domain.languages import known_languages, language_of
from services.ingest.domain.mail import parse
from services.ingest.domain.trimming import trim
from tests.conformance import webhooks
from tests.conformance.mails import DATA

LANGUAGES, KINDS, HARD, TRIMMED = 0.97, 0.97, 0.88, 58 / 64
SHORTEST_SENTENCE = 40
_SAME = {"nb": "no", "id": "ms", "hr": "bs", "sr": "bs"}
"""Codes that count as one: Norwegian Bokmål, and languages that differ less than their names."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some were right. goal: the least share of them that must be."""

    name: str
    right: int
    of: int
    goal: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the goal is reached; nothing to measure reaches it."""
        return self.goal is None or self.right >= self.goal * self.of

    def __str__(self) -> str:
        share = f"{self.right / self.of:7.2%}" if self.of else "      -"
        goal = "" if self.goal is None else f"  ≥ {self.goal:.1%} "
        verdict = "" if self.goal is None else ("holds" if self.holds else "FAILS")
        return f"{self.name:34}{self.right:>6} of {self.of:<6}{share}{goal}{verdict}"


def languages(data: Path = DATA) -> Sequence[tuple[Share, Counter[str]]]:
    """For each language that both know: sentences told right, and what the others were taken for.

    A sentence that is not told at all counts as wrong.
    """
    known, found = {_same(code) for code in known_languages()}, []
    for file in sorted((data / "language").glob("*.txt")):
        if _same(file.stem) not in known:
            continue
        told = Counter(_told(file))
        right = sum(count for code, count in told.items() if _same(code) == _same(file.stem))
        wrong = Counter({c: n for c, n in told.items() if _same(c) != _same(file.stem)})
        found.append((Share(file.stem, right, told.total()), wrong))
    return found


def _told(file: Path) -> Iterator[str]:
    for sentence in file.read_text(encoding="utf-8").splitlines():
        if len(sentence.strip()) >= SHORTEST_SENTENCE:
            yield language_of(sentence) or "-"


def _same(code: str) -> str:
    return _SAME.get(code, code)


def bounces(data: Path = DATA) -> Sequence[Share]:
    """Kinds of all mails, and hard or soft of those that are bounces."""
    kinds, hard = Counter[bool](), Counter[bool]()
    for row in _rows(data / "bounces" / "expected.jsonl"):
        mail = parse((data / "bounces" / row["file"]).read_bytes())
        kind = _kind(row["expected"])
        kinds[mail.kind == kind] += 1
        if kind == "bounce":
            told = mail.bounce is not None and mail.bounce.hard
            hard[mail.bounce is not None and told in {one["hard"] for one in row["expected"]}] += 1
    return [
        Share("kind of mail (bounces)", kinds[True], kinds.total(), KINDS),
        Share("hard or soft (bounces)", hard[True], hard.total(), HARD),
    ]


def _kind(expected: Sequence[dict[str, Any]]) -> str:
    reasons = {row["reason"] for row in expected}
    if not reasons:
        return "message"
    return {"feedback": "complaint", "vacation": "auto-reply"}.get(reasons.pop(), "bounce")


def reference_mails(data: Path = DATA) -> Sequence[Share]:
    """Of data/mime, none of which is a bounce: how many are taken for messages."""
    kinds = Counter(parse(path.read_bytes()).kind for path in (data / "mime").rglob("*.eml"))
    return [Share("messages (mime)", kinds["message"], kinds.total())]


def trimmed(data: Path = DATA) -> Sequence[Share]:
    """What a person wrote, letter by letter but for blanks at the ends of lines."""
    exact = empty = cases = 0
    for row in _rows(data / "reply-trim" / "expected.jsonl"):
        text = trim(_read(data / "reply-trim" / row["file"])).text
        exact += _bare(text) == _bare(_read(data / "reply-trim" / row["trimmed"]))
        empty += not text.strip()
        cases += 1
    return [
        Share("what a person wrote, exactly", exact, cases, TRIMMED),
        Share("what a person wrote, not empty", cases - empty, cases, 1.0),
    ]


def understood(data: Path = DATA) -> Sequence[Share]:
    """Of what networks' webhooks bring: messages, statuses, and what is ignored by its name."""
    told = [webhooks.is_understood(one) for name in webhooks.READERS for one in
            webhooks.found(name, data)]  # fmt: skip
    return [Share("webhooks, understood", sum(told), len(told), 1.0)]


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    if file.is_file():
        yield from map(json.loads, file.read_text(encoding="utf-8").splitlines())


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _bare(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def report(data: Path = DATA) -> tuple[str, bool]:
    """The tables as people read them, and whether all goals hold."""
    table = languages(data)
    told = Share(
        f"language, {len(table)} languages, ≥ {SHORTEST_SENTENCE} characters",
        sum(share.right for share, _ in table), sum(share.of for share, _ in table), LANGUAGES,
    )  # fmt: skip
    lines = [
        f"{share}  {' '.join(f'{code}:{count}' for code, count in wrong.most_common(4))}".rstrip()
        for share, wrong in table
    ]
    shares = [told, *bounces(data), *reference_mails(data), *trimmed(data), *understood(data)]
    return "\n".join([*lines, *map(str, shares)]), all(share.holds for share in shares)


if __name__ == "__main__":
    text, holds = report()
    print(text)
    sys.exit(0 if holds else 1)
