"""Conditions of policies, looked through before they are saved: what is wrong, and where."""

import re
from dataclasses import dataclass
from typing import Any, Final

from services.sla.domain.cost import TooCostly, steps
from services.sla.domain.policy import compiled

_SAMPLE: Final[dict[str, dict[str, Any]]] = {
    "ticket": {
        "priority": "normal", "status": "open", "team": "billing", "assignee": "", "tier": "L1",
        "tags": ["a"], "category": "invoice", "language": "en", "channel": "email",
    },
    "customer": {"plan": "gold", "value": 1200.5},
    "channel": {"kind": "email"},
}  # fmt: skip
FACTS: Final = {name: tuple(fields) for name, fields in _SAMPLE.items()}
"""What a condition may ask about."""

_TEXT = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_FIELD = re.compile(r"(?<![\w.])(ticket|customer|channel)\s*\.\s*(\w+)")
_PLACE = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?([^\n]*)")


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a text: line and column, both from 1."""

    line: int
    column: int


class BadCondition(ValueError):
    """The condition cannot be asked; the text says why, and where if `at` does.

    at: None where it is not known, such as of what fails only when it is asked.
    """

    def __init__(self, reason: str, at: Position | None = None) -> None:
        place = "" if at is None else f"line {at.line}, column {at.column}: "
        super().__init__(f"{place}{reason}")
        self.reason, self.at = reason, at


def check(condition: str) -> int:
    """The steps it takes at most. Raises BadCondition unless it can be asked of every ticket.

    It has to be CEL, take no longer than MOST_STEPS, ask for known facts and functions only, and
    answer with true or false.
    """
    program = _compiled(condition)
    taken = _steps(condition)
    _check_names(condition, program)
    try:
        answer = program.execute(_SAMPLE)
    except Exception as error:  # whatever it stumbles over, such as a division by zero
        raise BadCondition(_first_sentence(error)) from None
    if not isinstance(answer, bool):
        raise BadCondition("it is no question: its value is not true or false")
    return taken


def _steps(condition: str) -> int:
    try:
        return steps(condition)
    except TooCostly as error:
        at = None if error.index is None else _position(condition, error.index)
        raise BadCondition(str(error), at) from None


def _compiled(condition: str) -> Any:
    try:
        return compiled(condition)
    except Exception as error:  # whatever the parser says of a text from outside
        found = _PLACE.search(str(error))
        if found is None:
            raise BadCondition(_first_sentence(error)) from None
        raise BadCondition(found[3], Position(int(found[1]), int(found[2]))) from None


def _check_names(condition: str, program: Any) -> None:
    # What stands in quotes is no name; spaces keep the places.
    bare = _TEXT.sub(lambda text: " " * len(text[0]), condition)
    for name in _unknown(program):
        found = re.search(rf"(?<![\w.]){re.escape(name)}\b", bare)
        reason = f"{name} is unknown; there are {', '.join(FACTS)}"
        raise BadCondition(reason, _position(bare, found.start()) if found else None)
    for field in _FIELD.finditer(bare):
        if field[2] not in FACTS[field[1]]:
            reason = f"{field[1]} has no {field[2]}; it has {', '.join(FACTS[field[1]])}"
            raise BadCondition(reason, _position(bare, field.start(2)))


def _unknown(program: Any) -> list[str]:
    # The names that macros bind, such as the t of tags.exists(t, …), are only met when it runs.
    bound = set(re.findall(r"\.(?:all|exists|exists_one|map|filter)\(\s*(\w+)\s*,", program.source))
    return [name for name in program.variables() if name not in FACTS and name not in bound]


def _position(text: str, index: int) -> Position:
    before = text[:index]
    return Position(before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)


def _first_sentence(error: Exception) -> str:
    return (str(error).splitlines() or ["it cannot be read"])[0][:300]
