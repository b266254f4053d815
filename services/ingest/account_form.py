"""A channel account as it is asked for, over HTTP and in the accounts file."""

import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, JsonValue, ValidationError, field_validator, model_validator

from services.ingest.account_settings import settings_of
from services.ingest.domain.accounts import Delivery, Kind, is_mail_address
from services.ingest.usecases.set_up_account import Wanted

ACCOUNT_ID = r"^[a-z0-9][a-z0-9-]{0,59}$"
_MOST_SETTINGS = 16_384

SecretName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,49}$")]
Reference = Annotated[
    str, Field(pattern=r"^(env|file):[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$", max_length=200)
]


class AccountForm(BaseModel):
    """A channel account as it shall be."""

    kind: Kind = Field(description="What it is with; fixed once the account is made")
    address: str | None = Field(
        None,
        min_length=1,
        max_length=320,
        pattern=r"^[^\s\x00-\x1f]+$",
        description="The mailbox, where answers come from; at a provider the number or handle; of"
        " a chat or form, the site it is on, if known",
        examples=["help@demo.example"],
    )
    name: str = Field(
        min_length=1,
        max_length=200,
        description="What customers see beside the address",
        examples=["Larkspur Support"],
    )
    delivery: Delivery = Field(
        "internal",
        description="Who sends answers: ingest, or an adapter that reads support.outgoing.v1",
    )
    settings: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="Settings of the kind; docs/email-in.md has those of e-mail",
        examples=[{"imap": {"host": "mail.demo.example", "user": "help", "after": "move:Done"}}],
    )

    @field_validator("name")
    @classmethod
    def _is_printable(cls, name: str) -> str:
        if not name.isprintable() or not name.strip():
            raise ValueError("must be printable text on one line")
        return name.strip()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind == "email" and not (self.address and is_mail_address(self.address)):
            raise ValueError("an e-mail account needs its mail address")
        if len(json.dumps(self.settings)) > _MOST_SETTINGS:
            raise ValueError(f"settings may have {_MOST_SETTINGS} characters at most")
        try:
            self.settings = settings_of(self.kind, self.settings)
        except ValidationError as error:
            raise ValueError(f"settings: {_first_fault(error)}") from None
        return self


class SetUpAccount(AccountForm):
    """A channel account as it shall be, with its secrets."""

    secrets: dict[SecretName, Reference] | None = Field(
        None,
        max_length=20,
        description="What each secret is for, and where it lies: env:INGEST_SECRET_<TENANT>__<NAME>"
        " or file:<tenant>/<name>. Left out, they stay as they are; they are never shown again",
        examples=[{"imap-password": "env:INGEST_SECRET_DEMO__IMAP_PASSWORD"}],
    )

    def wanted(self, tenant: str, id: str) -> Wanted:
        """The form as the use case takes it."""
        return Wanted(
            tenant, id, self.kind, self.address, self.name, self.delivery,
            self.settings, self.secrets,
        )  # fmt: skip


def _first_fault(error: ValidationError) -> str:
    fault: Any = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else str(fault["msg"])
