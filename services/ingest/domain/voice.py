"""Telephone calls: what their steps come to, in whichever order and however often they arrive."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, Final
from zoneinfo import ZoneInfo

import phonenumbers

from services.ingest.domain.messages import Call
from services.ingest.domain.texts import one_line
from services.ingest.domain.threads import Name, identity

Fact = dict[str, Any]
"""One thing that is known of a call, JSON, with `at` as text, UTC."""

Facts = dict[str, Fact]
"""All that is known of a call: started, answered, taken (the last who did), missed, voicemail,
ended, recording, callback; and caller, caller_name, called, language."""

_FIRST: Final = frozenset({"started", "answered", "caller", "caller_name", "called", "language"})
"""Of these the earliest counts, of all others the latest."""
_END: Final = ("ended", "missed", "voicemail", "callback")
_LATE: Final = ("voicemail", "recording", "callback")
"""What is worth another message once the call has been told."""


@dataclass(frozen=True, slots=True)
class Told:
    """A call as its message says it."""

    call: Call
    language: str | None
    wished_at: datetime | None
    called: str | None


def moment(at: datetime) -> str:
    """A time as facts hold it: texts that sort as the times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def fold(*known: Mapping[str, Fact]) -> Facts:
    """What several parts of a story come to; the order and repeats of the parts do not matter."""
    return reduce(_fold, known, {})


def _fold(one: Facts, other: Mapping[str, Fact]) -> Facts:
    both = dict(one)
    for name, fact in other.items():
        pick = min if name in _FIRST else max
        both[name] = pick(both.get(name, fact), fact, key=_place)
    return both


def _place(fact: Fact) -> tuple[str, str]:
    return fact["at"], json.dumps(fact, sort_keys=True)


def is_over(facts: Mapping[str, Fact]) -> bool:
    """Whether a step has come that ends a call."""
    return any(name in facts for name in _END)


def late_facts(facts: Mapping[str, Fact], told: Mapping[str, Fact]) -> list[str]:
    """What is worth a message of its own and was not known when the call was told."""
    return [name for name in _LATE if name in facts and facts[name] != told.get(name)]


def told(call_id: str, facts: Mapping[str, Fact]) -> Told:
    """What the facts come to."""
    call = Call(
        call_id, _outcome(facts), _waiting(facts), _talking(facts),
        facts.get("taken", {}).get("by"), _url(facts),
    )  # fmt: skip
    wish = facts.get("callback", {}).get("wished_at") or facts.get("missed", {}).get("wished_at")
    return Told(call, _value(facts, "language"), _moment(wish), _value(facts, "called"))


def caller_of(facts: Mapping[str, Fact], region: str | None) -> tuple[str | None, str | None]:
    """(name, number) of who called; the number that they want to be called at goes first."""
    number = facts.get("callback", {}).get("number") or _value(facts, "caller")
    return _value(facts, "caller_name"), e164(number, region)


def e164(number: str | None, region: str | None) -> str | None:
    """A number as +49301234567; one that is none stays as it is, a withheld one is None.

    region: ISO 3166 code of the country that numbers without + are of; None: there are none.
    """
    plain = one_line(number or "", 320)
    if not any(character.isdigit() for character in plain):
        return None
    try:
        parsed = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return plain
    if not phonenumbers.is_possible_number(parsed):
        return plain
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def call_names(
    tenant: str, account: str, call_id: str, *, outcome: str, number: str | None, day: str
) -> tuple[Name, ...]:
    """The names of a call's conversation: the call, and for one to be answered by a call its day.

    So what the same caller misses and asks for within a day is one conversation; what was talked
    about is one for each call.
    """
    own = (tenant, identity("call", account, call_id))
    if outcome == "answered" or number is None:
        return (own,)
    return ((tenant, identity("callers", account, number, day)), own)


def day_of(at: datetime, zone: str) -> str:
    """The day that a time falls on in a zone."""
    return at.astimezone(ZoneInfo(zone)).date().isoformat()


def _outcome(facts: Mapping[str, Fact]) -> str:
    if "answered" in facts or facts.get("ended", {}).get("talking_seconds"):
        return "answered"
    for name in ("voicemail", "callback"):
        if name in facts:
            return name
    return "missed" if is_over(facts) else "unknown"


def _waiting(facts: Mapping[str, Fact]) -> int | None:
    given = facts.get("ended", {}).get("waiting_seconds")
    if given is not None or "started" not in facts:
        return given
    until = next((n for n in ("answered", "missed", "ended") if n in facts), None)
    return None if until is None else _seconds(facts, "started", until)


def _talking(facts: Mapping[str, Fact]) -> int | None:
    given = facts.get("ended", {}).get("talking_seconds")
    if given is not None or "answered" not in facts or "ended" not in facts:
        return given
    return _seconds(facts, "answered", "ended")


def _seconds(facts: Mapping[str, Fact], since: str, until: str) -> int:
    length = _at(facts[until]) - _at(facts[since])
    return max(0, round(length / timedelta(seconds=1)))


def _at(fact: Fact) -> datetime:
    return datetime.fromisoformat(fact["at"])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _value(facts: Mapping[str, Fact], name: str) -> Any:
    return facts.get(name, {}).get("value")


def _url(facts: Mapping[str, Fact]) -> str | None:
    return next((u for n in ("recording", "voicemail") if (u := facts.get(n, {}).get("url"))), None)
