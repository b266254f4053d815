"""What the validator has to say about an event, in words, each with its place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about an event: an `error` gets it parked, a `note` is worth knowing."""

    kind: Literal["error", "note"]
    at: str
    """JSON pointer into the document (RFC 6901); empty for the whole of it."""
    text: str

    def __str__(self) -> str:
        return f"{self.kind} at {self.at or 'the whole document'}: {self.text}"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings on one event, and what it is if nothing is wrong with it."""

    findings: Sequence[Finding]
    summary: str = ""

    @property
    def ok(self) -> bool:
        """Whether a reader would take it."""
        return not any(finding.kind == "error" for finding in self.findings)

    def lines(self) -> Iterator[str]:
        """The findings and, if nothing is wrong, a last line that begins with `ok:`."""
        yield from map(str, self.findings)
        if self.ok:
            yield f"ok: {self.summary}"


def pointer(start: str, steps: Iterable[object]) -> str:
    """A JSON pointer: `start` and the steps from there, escaped after RFC 6901."""
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return "/".join((start, *escaped))


def of_error(error: ErrorDetails, at: str) -> Finding:
    """What pydantic found, in the words of this page."""
    if error["type"] == "missing":
        return Finding("error", at, "missing")
    return Finding("error", at, error["msg"][:1].lower() + error["msg"][1:])


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` if a known word is near, else nothing."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def surplus(given: Any, known: Any, at: str) -> Iterator[Finding]:
    """A note for every field of `given` that `known`, its image in the model, does not have."""
    if isinstance(given, dict) and isinstance(known, dict):
        for name, value in given.items():
            here = pointer(at, [name])
            if name in known:
                yield from surplus(value, known[name], here)
            else:
                near = did_you_mean(name, known)
                yield Finding("note", here, f"no such field, readers ignore it{near}")
    elif isinstance(given, list) and isinstance(known, list):
        for index, (value, image) in enumerate(zip(given, known, strict=False)):
            yield from surplus(value, image, f"{at}/{index}")
