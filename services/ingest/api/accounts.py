"""Channel accounts over HTTP."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field, field_validator, model_validator
from starlette.responses import Response

from services.ingest.domain.accounts import Account, is_mail_address
from services.ingest.repository import Accounts
from services.ingest.usecases.set_up_account import (
    AddressTaken,
    KindFixed,
    Wanted,
    set_up_account,
)
from shared.service import (
    COMMAND,
    AskedPage,
    Caller,
    Command,
    Conflict,
    Page,
    Reply,
    Work,
    command,
    require,
)
from shared.storage import Database

AccountId = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9][a-z0-9-]{0,59}$",
        description="The account's id, a lower-case slug chosen by whoever makes it",
        examples=["support-mailbox"],
    ),
]


class SetUpAccount(BaseModel):
    """A channel account as it shall be."""

    kind: Literal["email", "chat"] = Field(description="Channel; fixed once the account is made")
    address: str | None = Field(
        None,
        min_length=1,
        max_length=320,
        pattern=r"^[^\s\x00-\x1f]+$",
        description="The mailbox, where answers come from; of a chat, the site it is on, if known",
        examples=["help@demo.example"],
    )
    name: str = Field(
        min_length=1,
        max_length=200,
        description="What customers see beside the address",
        examples=["Larkspur Support"],
    )

    @field_validator("name")
    @classmethod
    def _is_printable(cls, name: str) -> str:
        if not name.isprintable() or not name.strip():
            raise ValueError("must be printable text on one line")
        return name.strip()

    @model_validator(mode="after")
    def _has_the_address_it_needs(self) -> Self:
        if self.kind == "email" and not (self.address and is_mail_address(self.address)):
            raise ValueError("an e-mail account needs its mail address")
        return self


class AccountView(SetUpAccount):
    """A channel account."""

    id: str = Field(description="The account's id; events come in as /channels/<id>")
    version: int = Field(description="Counts the changes from 1; also the ETag")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, account: Account) -> Self:
        """From the domain."""
        return cls.model_validate(account, from_attributes=True)


def add_routes(routes: APIRouter, database: Database) -> None:
    """PUT /channels/{id} and GET /channels."""

    @routes.put(
        "/channels/{id}", tags=["channel accounts"], response_model=AccountView, responses=COMMAND
    )
    async def set_up(
        id: AccountId,
        asked: SetUpAccount,
        command: Annotated[Command, Depends(command("accounts:write"))],
    ) -> Response:
        """Make a channel account, or change its address and name.

        Adapters publish events with the source `/channels/<id>`; events from any other source are
        set aside. If-Match with the ETag of the state you have seen guards against lost changes.
        """
        wanted = Wanted(command.caller.tenant, id, asked.kind, asked.address, asked.name)

        async def effect(work: Work) -> Reply:
            try:
                account = await set_up_account(work.session, wanted, command.expects, work.now)
            except AddressTaken:
                raise Conflict("Another e-mail account has this address; use that one.") from None
            except KindFixed as fixed:
                raise Conflict(
                    f"This account is of kind {fixed.kind} for good; use another id."
                ) from None
            return Reply(AccountView.of(account), version=account.version)

        return await command.run(effect)

    @routes.get("/channels", tags=["channel accounts"])
    async def list_accounts(
        caller: Annotated[Caller, Depends(require("accounts:read"))], asked: AskedPage
    ) -> Page[AccountView]:
        """The tenant's channel accounts, in the order of their ids."""
        after = asked.after_as(str)
        async with database.reading() as session:
            page = await Accounts(session).page(
                caller.tenant, after[0] if after else None, asked.fetch
            )
        return asked.page(page, AccountView.of, lambda account: [account.id])
