"""What a condition takes to answer at most, reckoned from its text before it is ever asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

LONGEST: Final = 2_000
"""Characters of a condition."""
MOST_STEPS: Final = 20_000
"""Steps of one condition, each about 0.05 µs: at most a few milliseconds for one ticket."""
MACROS: Final = frozenset({"all", "exists", "exists_one", "existsOne", "filter", "map"})
"""What goes through a list."""

_TAGS = 100
"""Of one ticket at most, as the contract says. Tags are the only long fact."""
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<text>[bB]?(?:[rR](?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|\"[^"\n]*\"|'[^'\n]*')
      |\"{3}(?:\\[\s\S]|[^\\])*?\"{3}|'{3}(?:\\[\s\S]|[^\\])*?'{3}
      |\"(?:\\.|[^"\\\n])*\"|'(?:\\.|[^'\\\n])*'))
    |(?P<word>[A-Za-z_]\w*|\d\w*(?:\.\d\w*)?)
    |(?P<sign>&&|\|\||[=!<>]=|.)""",
    re.VERBOSE | re.DOTALL,
)
_UNREADABLE = "it cannot be read as far as here"
# Between these nothing is added up or compared.
_PARTS = frozenset({"&&", "||", "?", ":", ","})
_SPELLED = re.compile(r"\\[xXuU0-7]")
# Each letter of each script: such a class is slow to make, and it is made for every question.
_CLASS = re.compile(r"\\[wWdDsSbBpP]|\(\?[a-z-]*i")
_REPEATED = re.compile(r"\{\s*(\d+)\s*(?:,\s*(\d*)\s*)?\}")
_CLASS_STEPS = 5_000
_PATTERN_STEPS = 100


class TooCostly(ValueError):
    """The condition would take too long. `index` says where in its text; None: all of it."""

    def __init__(self, reason: str, index: int | None = None) -> None:
        super().__init__(reason)
        self.index = index


def steps(condition: str) -> int:
    """The most steps that a condition takes for any ticket. Raises TooCostly above MOST_STEPS.

    A macro inside another is refused whatever it takes. condition: CEL that compiles.
    """
    if len(condition) > LONGEST:
        raise TooCostly(f"it is longer than {LONGEST} characters", LONGEST)
    tokens = [each for each in _TOKEN.finditer(condition) if each.lastgroup != "space"]
    groups = [_Group()]
    for place in range(len(tokens)):
        _take(groups, tokens, place)
    found = groups[0].steps
    if found > MOST_STEPS:
        raise TooCostly(f"it takes up to {found:,} steps a ticket; {MOST_STEPS:,} are the most")
    return found


@dataclass(slots=True)
class _Group:
    """What lies between two brackets. call: whose arguments it is, "" for none.

    goes_through: size of the list that this is the macro of. steps: to answer it. size: of what it
    makes, at most; part: the same since the last `&&` or the like; chain: of the value that a `.`
    would go on from. The value of a fact or of a literal has the size 1, a list that of its values.
    """

    call: str = ""
    goes_through: int | None = None
    steps: int = 0
    size: int = 0
    part: int = 0
    chain: int = 0

    def value(self, size: int, steps: int) -> None:
        self.steps += steps
        self.size += size
        self.part += size
        self.chain += size

    def sign(self, sign: str) -> None:
        # Adding and comparing go through all of what is on the left.
        self.steps += 1
        if sign in _PARTS:
            self.part = 0
        else:
            self.steps += self.part
        self.chain = 0


_Tokens = Sequence[re.Match[str]]


def _take(groups: list[_Group], tokens: _Tokens, place: int) -> None:
    token = tokens[place]
    text = token[0]
    if text in ("(", "[", "{"):
        groups.append(_opened(groups, tokens, place))
    elif text in (")", "]", "}"):
        _close(groups, token.start())
    elif text in ("'", '"'):
        raise TooCostly(_UNREADABLE, token.start())
    elif token.lastgroup == "text":
        groups[-1].value(1, 1)
    elif token.lastgroup == "sign" or text == "in":
        if text != ".":
            groups[-1].sign(text)
    else:
        size = _size(text, tokens, place)
        groups[-1].value(size, size)


def _size(word: str, tokens: _Tokens, place: int) -> int:
    """Of a fact. The whole ticket has its tags too."""
    whole = word == "ticket" and _text(tokens, place + 1) != "."
    return _TAGS if whole or word == "tags" else 1


def _opened(groups: list[_Group], tokens: _Tokens, place: int) -> _Group:
    called = place > 1 and tokens[place][0] == "(" and tokens[place - 2][0] == "."
    call = tokens[place - 1][0] if called else ""
    if call == "matches":
        groups[-1].steps += _pattern_steps(tokens, place + 1)
    if call not in MACROS:
        return _Group(call)
    if any(group.goes_through is not None for group in groups):
        at = tokens[place - 1].start()
        raise TooCostly(f"{call} lies inside another of {', '.join(sorted(MACROS))}", at)
    return _Group(call, goes_through=groups[-1].chain)


def _close(groups: list[_Group], index: int) -> None:
    inner = groups.pop()
    if not groups:
        raise TooCostly(_UNREADABLE, index)
    if inner.goes_through is None:
        groups[-1].value(inner.size, inner.steps)
        return
    groups[-1].steps += inner.goes_through * inner.steps
    if inner.call == "map":
        groups[-1].value(inner.goes_through * inner.size, 0)


def _pattern_steps(tokens: _Tokens, place: int) -> int:
    """Of a regular expression, which is made anew for each question."""
    pattern, index = _text(tokens, place), tokens[place].start()
    if tokens[place].lastgroup != "text" or _text(tokens, place + 1) != ")":
        raise TooCostly("matches takes one pattern, written in quotes", index)
    if _SPELLED.search(pattern):
        raise TooCostly("a pattern has no characters that are written by their number", index)
    times = [int(most or least) for least, most in _REPEATED.findall(pattern)]
    classes = len(_CLASS.findall(pattern))
    return (_PATTERN_STEPS + 5 * len(pattern) + _CLASS_STEPS * classes) * max(1, prod(times))


def _text(tokens: _Tokens, place: int) -> str:
    return tokens[place][0] if place < len(tokens) else ""
