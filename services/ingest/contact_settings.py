"""Settings of accounts for calls and forms; docs/voice.md and docs/forms.md explain each."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, model_validator

Label = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$")]
FieldType = Literal["text", "email", "phone", "select", "checkbox", "file", "textarea"]
Goal = Literal["name", "email", "subject", "text", "phone", "none"]
RESERVED = frozenset({"_submission", "_language"})

_TYPES_OF: dict[str, frozenset[str]] = {
    "name": frozenset({"text"}),
    "email": frozenset({"email"}),
    "subject": frozenset({"text", "select"}),
    "text": frozenset({"textarea", "text"}),
    "phone": frozenset({"phone"}),
}


def _is_region(text: str) -> str:
    if text not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be an ISO 3166 code of a country, such as DE")
    return text


def _is_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("must be a name of the IANA time zones, such as Europe/Berlin")
    return text


def _is_origin(text: str) -> str:
    parts = urlsplit(text)
    if text != "*" and (
        parts.scheme not in ("http", "https") or text.lower() != f"{parts.scheme}://{parts.netloc}"
    ):
        raise ValueError("must be like https://shop.example, without a path, or *")
    return text.lower()


Region = Annotated[str, AfterValidator(_is_region)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class VoiceSettings(_Strict):
    """A telephone system. Secret signing-secret for its webhook."""

    region: Region | None = Field(
        None, description="Country that numbers without + are of; None: they stay as they are"
    )
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Za-z0-9]{1,8})?$")] = Field(
        "en", description="What calls are told in: en, de, fr, es; others get English"
    )
    timezone: Annotated[str, AfterValidator(_is_zone)] = Field(
        "UTC", description="Whose days join missed calls, and wished times are told in"
    )


class FormField(_Strict):
    """One field of a form."""

    name: FieldName
    label: Label
    type: FieldType = "text"
    required: bool = False
    max_length: int = Field(2000, ge=1, le=16_000, description="Characters; a file has no length")
    options: list[Label] = Field(default=[], max_length=100, description="Of a select")
    maps_to: Goal = Field("none", description="What it is of the message; none: told in its text")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.type == "select") != bool(self.options):
            raise ValueError("a select has options, and nothing else has")
        if self.maps_to != "none" and self.type not in _TYPES_OF[self.maps_to]:
            raise ValueError(f"a field of type {self.type} cannot be the {self.maps_to}")
        if self.name in RESERVED:
            raise ValueError("this name is taken")
        return self


def _standard() -> list[FormField]:
    return [
        FormField(name="name", label="Name", maps_to="name"),
        FormField(name="email", label="E-mail", type="email", required=True, maps_to="email"),
        FormField(name="subject", label="Subject", max_length=200, maps_to="subject"),
        FormField(
            name="message", label="Message", type="textarea", required=True, maps_to="text",
            max_length=10_000,
        ),
    ]  # fmt: skip


class FormSettings(_Strict):
    """A contact form on somebody's page."""

    title: Label = "Contact us"
    intro: Annotated[str, Field(max_length=1000)] = ""
    thanks: Annotated[str, Field(max_length=1000)] | None = Field(
        None, description="Shown after sending instead of our own words"
    )
    language: Literal["en", "de", "fr", "es"] | None = Field(
        None, description="Of the page's own words; None: what the visitor's browser asks for"
    )
    fields: list[FormField] = Field(default_factory=_standard, min_length=1, max_length=50)
    region: Region | None = Field(None, description="Country of telephone numbers without +")
    honeypot: FieldName | None = Field(
        "website",
        description="Field that people do not see and robots fill in; None: there is none",
    )
    rate_per_address: int = Field(
        10, ge=1, le=10_000, description="Forms that one client address may send in ten minutes"
    )
    rate_per_form: int = Field(
        300, ge=1, le=1_000_000, description="Forms that all may send together in ten minutes"
    )
    origins: list[Annotated[str, Field(max_length=300), AfterValidator(_is_origin)]] = Field(
        default=[],
        max_length=50,
        description="Sites that may post it, beside our own page; * is all",
    )
    redirect_url: HttpUrl | None = Field(
        None, description="Where a browser goes after sending; None: to a page that says thanks"
    )

    @model_validator(mode="after")
    def _has_one_of_each(self) -> Self:
        names = [one.name for one in self.fields] + ([self.honeypot] if self.honeypot else [])
        goals = [one.maps_to for one in self.fields if one.maps_to != "none"]
        if len(set(names)) < len(names):
            raise ValueError("two fields have one name")
        if len(set(goals)) < len(goals):
            raise ValueError("two fields are the same part of the message")
        if "email" not in goals and "phone" not in goals:
            raise ValueError("a form needs a field of the customer's e-mail or telephone")
        return self


__all__ = ["FormField", "FormSettings", "VoiceSettings"]
