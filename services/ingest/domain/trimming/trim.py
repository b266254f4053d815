"""A mail's body in two: what was written, and what it answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What a person wrote, and everything else of the body, verbatim and in order."""

    text: str
    quoted: str


def trim(text: str) -> Trimmed:
    """Part `text` into what its sender wrote and what is quoted, signed or added by a program."""
    return Trimmed(text.strip(), "")
