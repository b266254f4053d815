"""What changed between two versions of a JSON Schema, in sentences, and whether a stable type may.

A stable type grows by new optional fields and nothing else: while services and adapters of both
versions run, each must read what the other writes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final, Literal

Schema = Mapping[str, Any]

Order = Literal["consumers first", "producers first"]
CONSUMERS: Final = "consumers first"
PRODUCERS: Final = "producers first"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in one place, and who would have to be rolled out first."""

    where: str
    """The place in the data, such as `visitor.email` or `tags[]`; empty for the whole."""
    what: str
    order: Order
    allowed: bool = False

    def __str__(self) -> str:
        sentence = f"{self.where or 'the whole'}: {self.what}."
        if self.allowed:
            return f"{sentence} Allowed: roll out {self.order}."
        return f"{sentence} Refused: publish a new version of the type beside it, {self.order}."


# They say something to people and nothing to a validator.
_WORDS = frozenset(
    {"$schema", "$id", "$defs", "$ref", "title", "description", "examples", "x-stability"}
)
_BRANCHES = ("anyOf", "oneOf", "allOf")
_NESTED = ("items", "additionalProperties", "propertyNames", "contains", "not")
_WALKED = frozenset({*_WORDS, *_BRANCHES, "type", "properties", "patternProperties", "required"})
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")


def changes(old: Schema, new: Schema) -> list[Change]:
    """All changes from one schema document to another; `$ref`s are followed within each."""
    return list(_Comparison(old, new).between(old, new, ""))


class _Comparison:
    """Two documents being compared; knows the pairs of references that it is inside of."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new
        self._inside: set[tuple[str, str]] = set()

    def between(self, old: object, new: object, at: str) -> Iterator[Change]:
        """The changes between two subschemas that stand in the same place."""
        if not isinstance(old, Mapping) or not isinstance(new, Mapping):
            if old != new:
                yield _refused(at, f"changed from {_short(old)} to {_short(new)}", CONSUMERS)
            return
        pair = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if any(pair) and pair in self._inside:
            return
        self._inside.add(pair)
        yield from self._schemas(_resolved(old, self._old), _resolved(new, self._new), at)
        self._inside.discard(pair)

    def _schemas(self, old: Schema, new: Schema, at: str) -> Iterator[Change]:
        before, after = _kind(old, self._old), _kind(new, self._new)
        if before != after:
            yield _refused(at, f"retyped from {before} to {after}", CONSUMERS)
            return
        yield from self._fields(old, new, at)
        yield from self._key_rules(old, new, at)
        for keyword in _BRANCHES:
            yield from self._branches(old.get(keyword, ()), new.get(keyword, ()), at)
        for keyword in sorted((old.keys() | new.keys()) - _WALKED):
            if keyword in _NESTED and keyword in old and keyword in new:
                inner = f"{at}[]" if keyword == "items" else f"{at}{{{keyword}}}"
                yield from self.between(old[keyword], new[keyword], inner)
            elif old.get(keyword) != new.get(keyword):
                yield from _keyword(keyword, old.get(keyword), new.get(keyword), at)

    def _fields(self, old: Schema, new: Schema, at: str) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        had_to, have_to = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() | after.keys() | had_to | have_to):
            inner = f"{at}.{name}".lstrip(".")
            if name in before and name not in after:
                yield _refused(inner, "the field was removed", CONSUMERS)
            elif name in after and name not in before:
                yield _added(inner, required=name in have_to)
            else:
                yield from _requirement(inner, name in had_to, name in have_to)
                yield from self.between(before.get(name, {}), after.get(name, {}), inner)

    def _key_rules(self, old: Schema, new: Schema, at: str) -> Iterator[Change]:
        before, after = old.get("patternProperties", {}), new.get("patternProperties", {})
        for pattern in sorted(before.keys() | after.keys()):
            if pattern in before and pattern in after:
                yield from self.between(before[pattern], after[pattern], f"{at}{{{pattern}}}")
            else:
                what = "removed" if pattern in before else "added"
                yield _refused(at, f"the rule for keys like {pattern} was {what}", PRODUCERS)

    def _branches(self, old: Sequence[object], new: Sequence[object], at: str) -> Iterator[Change]:
        before, after = _by_kind(old, self._old), _by_kind(new, self._new)
        for kind in sorted(before.keys() | after.keys()):
            for one, other in zip_longest(before.get(kind, ()), after.get(kind, ())):
                if one is None:
                    yield _refused(at, f"may now be another {kind}", CONSUMERS)
                elif other is None:
                    yield _refused(at, f"may no longer be one {kind}", PRODUCERS)
                else:
                    yield from self.between(one, other, at)


def _resolved(schema: Schema, document: Schema) -> Schema:
    """The schema with its `$ref` replaced by what it names; words beside the `$ref` win."""
    while "$ref" in schema:
        target: Any = document
        for step in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[step]
        schema = {**target, **{name: schema[name] for name in schema if name != "$ref"}}
    return schema


def _kind(schema: Schema, document: Schema) -> str:
    """What the schema describes, in a word or two: `string`, `integer or null`, `anything`."""
    given = schema.get("type")
    if given is not None:
        return given if isinstance(given, str) else " or ".join(sorted(given))
    kinds = {kind for keyword in _BRANCHES for kind in _by_kind(schema.get(keyword, ()), document)}
    return " or ".join(sorted(kinds)) or "anything"


def _by_kind(branches: Sequence[object], document: Schema) -> dict[str, list[object]]:
    grouped: dict[str, list[object]] = {}
    for branch in branches:
        kind = _short(branch)
        if isinstance(branch, Mapping):
            kind = _kind(_resolved(branch, document), document)
        grouped.setdefault(kind, []).append(branch)
    return grouped


def _added(at: str, *, required: bool) -> Change:
    if required:
        return _refused(at, "a required field was added", PRODUCERS)
    return Change(at, "an optional field was added", CONSUMERS, allowed=True)


def _requirement(at: str, before: bool, after: bool) -> Iterator[Change]:
    if after and not before:
        yield _refused(at, "the field became required", PRODUCERS)
    if before and not after:
        yield _refused(at, "the field is no longer required", CONSUMERS)


def _keyword(keyword: str, old: Any, new: Any, at: str) -> Iterator[Change]:
    if keyword in ("enum", "x-extensible-enum") and old is not None and new is not None:
        yield from _values(keyword == "enum", old, new, at)
    elif keyword in (*_UPPER, *_LOWER):
        tighter = _is_tighter(keyword, old, new)
        what = "tightened" if tighter else "loosened"
        order: Order = PRODUCERS if tighter else CONSUMERS
        yield _refused(at, f"{keyword} was {what} from {_short(old)} to {_short(new)}", order)
    elif keyword == "default":
        what = f"a missing value now means {_short(new)} instead of {_short(old)}"
        yield _refused(at, what, CONSUMERS)
    else:
        yield _refused(at, f"{keyword} changed from {_short(old)} to {_short(new)}", CONSUMERS)


def _is_tighter(keyword: str, old: Any, new: Any) -> bool:
    if old is None or new is None:
        return old is None
    return bool(new < old) if keyword in _UPPER else bool(new > old)


def _values(
    closed: bool, old: Sequence[object], new: Sequence[object], at: str
) -> Iterator[Change]:
    for value in new:
        if value not in old and closed:
            yield _refused(at, f"the closed enum gained {_short(value)}", CONSUMERS)
        elif value not in old:
            yield Change(at, f"the open enum gained {_short(value)}", CONSUMERS, allowed=True)
    for value in old:
        if value not in new:
            yield _refused(at, f"the enum lost {_short(value)}", PRODUCERS)


def _refused(at: str, what: str, order: Order) -> Change:
    return Change(at, what, order)


def _short(value: object) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
