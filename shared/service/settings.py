"""What every service can be told by its environment, in parts; each service adds its own prefix.

A part reads the variables of its own prefix wherever it is used (`AUTH_ISSUER` means the same for
all five services). `HttpSettings` is the exception: a service's settings class inherits it, so that
`ROUTER_HTTP_PORT` and `SLA_HTTP_PORT` can stand side by side in one environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar, get_args

from pydantic import Field, HttpUrl, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.messaging.settings import KafkaSettings
from shared.storage.settings import DatabaseSettings

Port = Annotated[int, Field(ge=0, le=65535)]
S = TypeVar("S", bound=BaseSettings)


class HttpSettings(BaseSettings):
    """Where a service listens and how much it takes in at once; inherited, under its own prefix."""

    http_host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 in a container")
    http_port: Port = Field(8000, description="Port of the API, of /live, /ready and /metrics")
    http_body_limit: int = Field(
        1024 * 1024, ge=1024, description="Largest request body in bytes; a larger one gets a 413"
    )


class AuthSettings(BaseSettings):
    """Whose tokens are believed (DESIGN §5): an OIDC issuer, or the dev issuer's file."""

    model_config = SettingsConfigDict(env_prefix="AUTH_", extra="ignore")

    issuer: str = Field("deskstream-dev", description="The `iss` that a token must carry")
    audience: str = Field("deskstream", description="The `aud` that a token must carry")
    jwks_url: HttpUrl | None = Field(None, description="Where the issuer shows its public keys")
    jwks_file: Path | None = Field(
        None, description="The same as a file; read when AUTH_JWKS_URL is not set"
    )
    jwks_max_age: float = Field(
        300, gt=0, description="Seconds after which the public keys are read again"
    )
    leeway: int = Field(
        30, ge=0, le=120, description="Seconds by which clocks may differ for exp, nbf and iat"
    )
    dev_key_file: Path = Field(
        Path(".run/dev-issuer.json"),
        description="Private key of the dev issuer; its public half lies beside it as .jwks.json",
    )


class TelemetrySettings(BaseSettings):
    """Where traces go."""

    model_config = SettingsConfigDict(env_prefix="OTEL_", extra="ignore")

    exporter_otlp_endpoint: HttpUrl | None = Field(
        None, description="Base address of an OTLP/HTTP collector; without it no span is sent"
    )
    exporter_otlp_headers: SecretStr | None = Field(
        None, description="Headers for the collector, `name=value` separated by commas"
    )
    traces_sampler_arg: float = Field(
        1.0, ge=0, le=1, description="Share of new traces that are recorded; a caller's choice wins"
    )


class LogSettings(BaseSettings):
    """How much is logged."""

    model_config = SettingsConfigDict(env_prefix="LOG_", extra="ignore")

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe level that is written"
    )


class ServiceSettings(HttpSettings):
    """What every service reads; a service's own class inherits it and sets its prefix.

    >>> class SlaSettings(ServiceSettings):
    ...     model_config = SettingsConfigDict(env_prefix="SLA_", extra="ignore")
    ...     http_port: Port = Field(8003, description="Port of the API, of /ready and /metrics")
    """

    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    kafka: KafkaSettings = Field(default_factory=KafkaSettings)
    auth: AuthSettings = Field(default_factory=AuthSettings)
    telemetry: TelemetrySettings = Field(default_factory=TelemetrySettings)
    log: LogSettings = Field(default_factory=LogSettings)


class BadSettings(Exception):
    """The environment asks for something impossible; the text names each variable and why."""

    @classmethod
    def of(cls, error: ValidationError, settings_class: type[BaseSettings]) -> BadSettings:
        """Put a pydantic error in terms of environment variables; values are never shown."""
        names = {field: row.name for field, row in _rows_by_field(settings_class)}
        return cls("; ".join(_sentence(detail, names) for detail in error.errors()))


class SettingsRow(NamedTuple):
    """One line of a README's settings table."""

    name: str
    default: str
    meaning: str


def load(settings_class: type[S]) -> S:
    """Read the environment once; raises BadSettings with one clear line when it does not fit."""
    try:
        return settings_class()
    except ValidationError as error:
        raise BadSettings.of(error, _part_at_fault(error, settings_class)) from error


def describe(settings_class: type[BaseSettings]) -> list[SettingsRow]:
    """Every variable that the class and its parts read: name, default and meaning, in order.

    A default of "required" means that the service does not start without it.
    """
    return [row for _, row in _rows_by_field(settings_class)]


def parts(settings_class: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    """The settings parts that are fields of the class."""
    for field in settings_class.model_fields.values():
        if (part := _part(field)) is not None:
            yield part


def _rows_by_field(settings_class: type[BaseSettings]) -> Iterator[tuple[str, SettingsRow]]:
    prefix = settings_class.model_config.get("env_prefix", "")
    for name, field in settings_class.model_fields.items():
        if (part := _part(field)) is not None:
            yield from _rows_by_field(part)
        else:
            yield (
                name,
                SettingsRow(_variable(prefix, name, field), _default(field), _meaning(field)),
            )


def _variable(prefix: str, name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    return (alias if isinstance(alias, str) else f"{prefix}{name}").upper()


def _part(field: FieldInfo) -> type[BaseSettings] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseSettings) else None


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "required"
    if value is None or value == "":
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _meaning(field: FieldInfo) -> str:
    text = (field.description or "").strip()
    choices = get_args(field.annotation)
    closed = bool(choices) and all(isinstance(choice, str) for choice in choices)
    return f"{text} ({', '.join(choices)})" if closed else text


def _sentence(detail: ErrorDetails, names: dict[str, str]) -> str:
    field = str(detail["loc"][0]) if detail["loc"] else ""
    variable = names.get(field) or field.upper() or "the settings"
    if detail["type"] == "missing":
        return f"{variable} is not set"
    return f"{variable}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _part_at_fault(
    error: ValidationError, settings_class: type[BaseSettings]
) -> type[BaseSettings]:
    # A part built by a default factory raises its own error, whose title is the part's class name.
    candidates = (settings_class, *parts(settings_class))
    return next((part for part in candidates if part.__name__ == error.title), settings_class)
