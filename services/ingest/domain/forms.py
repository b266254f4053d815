"""A form: what its fields ask for, and whether what was filled in is an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import phonenumbers

from services.ingest.domain.accounts import is_mail_address
from services.ingest.domain.texts import body, one_line

MOST_FILES: Final = 10
# What the parts of a message may have, whatever a field's own settings say.
_LONGEST: Final = {"name": 200, "subject": 300, "email": 320, "phone": 40}

Filled = Mapping[str, Sequence[str]]
"""What was filled in, by the fields' names."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field; goal: which part of the message it is (maps_to)."""

    name: str
    label: str
    type: str
    required: bool
    max_length: int
    options: tuple[str, ...]
    goal: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form as its account's settings make it; sizes in characters."""

    title: str
    intro: str
    thanks: str | None
    language: str | None
    fields: tuple[Field, ...]
    region: str | None
    honeypot: str | None
    rate_per_address: int
    rate_per_form: int
    origins: tuple[str, ...]
    redirect_url: str | None

    @property
    def has_files(self) -> bool:
        """Whether it asks for files."""
        return any(one.type == "file" for one in self.fields)

    def admits(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of this Origin may send it: one of its sites, or our own page.

        Without an Origin it is no browser that sends it, or one that came from nowhere else.
        """
        if origin is None or "*" in self.origins or origin.lower() in self.origins:
            return True
        return bool(host) and origin.partition("://")[2].lower() == (host or "").lower()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field: a key of `form_words.WORDS`, with the number that belongs in."""

    field: str
    what: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """What a form says; other: (field, value) of those that are no part of the message."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    subject: str | None = None
    text: str = ""
    other: tuple[tuple[Field, str], ...] = ()
    faults: tuple[Fault, ...] = field(default=())


def form_of(settings: Mapping[str, Any]) -> Form:
    """The form of validated settings, with all defaults in."""
    given = dict(settings)
    fields = tuple(
        Field(
            one["name"], one["label"], one["type"], one["required"],
            min(one["max_length"], _LONGEST.get(one["maps_to"], one["max_length"])),
            tuple(one["options"]), one["maps_to"],
        )
        for one in given.pop("fields")
    )  # fmt: skip
    return Form(fields=fields, origins=tuple(given.pop("origins")), **given)


def is_trapped(form: Form, filled: Filled) -> bool:
    """Whether a robot has filled in what people do not see."""
    return form.honeypot is not None and any(
        value.strip() for value in filled.get(form.honeypot, ())
    )


def answers(form: Form, filled: Filled, files: Mapping[str, int]) -> Answers:
    """What a form says, with what is wrong with it. files: how many there are, by field."""
    values = {one.name: _value(one, form, filled) for one in form.fields if one.type != "file"}
    faults = [
        fault
        for one in form.fields
        if (fault := _fault(one, values.get(one.name, ""), form, files.get(one.name, 0)))
    ]
    by_goal = {one.goal: values[one.name] for one in form.fields if one.goal != "none"}
    other = tuple(
        (one, values[one.name])
        for one in form.fields
        if one.goal == "none" and values.get(one.name)
    )
    return Answers(
        by_goal.get("name") or None, by_goal.get("email") or None, by_goal.get("phone") or None,
        by_goal.get("subject") or None, by_goal.get("text", ""), other, tuple(faults),
    )  # fmt: skip


def _value(one: Field, form: Form, filled: Filled) -> str:
    given = next(iter(filled.get(one.name, ())), "")
    if one.type == "textarea":
        return body(given)
    value = one_line(given, len(given))
    if one.type == "checkbox":
        return "" if value.lower() in ("", "false", "0", "off", "no") else "✓"
    return _number(value, form.region) or value if one.type == "phone" else value


def _fault(one: Field, value: str, form: Form, files: int) -> Fault | None:
    if one.type == "file":
        if files > MOST_FILES:
            return Fault(one.name, "too-many", MOST_FILES)
        return Fault(one.name, "missing") if one.required and not files else None
    if not value:
        return Fault(one.name, "missing") if one.required else None
    if len(value) > one.max_length:
        return Fault(one.name, "too-long", one.max_length)
    what = _wrong(one, value, form)
    return Fault(one.name, what) if what else None


def _wrong(one: Field, value: str, form: Form) -> str | None:
    if one.type == "email" and not (is_mail_address(value) and "." in value.rpartition("@")[2]):
        return "email"
    if one.type == "phone" and _number(value, form.region) is None:
        return "phone"
    return "option" if one.type == "select" and value not in one.options else None


def _number(value: str, region: str | None) -> str | None:
    """The number as E.164; without a country as it is, if it looks like one at all."""
    try:
        parsed = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        digits = sum(character.isdigit() for character in value)
        return value if region is None and 4 <= digits <= 15 and len(value) <= 40 else None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
