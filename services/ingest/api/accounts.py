"""Channel accounts over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field

from services.ingest.account_form import ACCOUNT_ID, AccountForm, SetUpAccount
from services.ingest.domain.accounts import Account
from services.ingest.repository import Accounts
from services.ingest.repository.mailboxes import Health, Mailboxes
from services.ingest.usecases.set_up_account import (
    AddressTaken,
    ForeignSecret,
    KindFixed,
    set_up_account,
)
from shared.service import (
    COMMAND,
    NOT_FOUND,
    AskedPage,
    Caller,
    Command,
    Conflict,
    Invalid,
    NotFound,
    Page,
    Reply,
    Work,
    command,
    etag,
    require,
)
from shared.storage import Database, ReadSession

AccountId = Annotated[
    str,
    Path(
        pattern=ACCOUNT_ID,
        description="The account's id, a lower-case slug chosen by whoever makes it",
        examples=["support-mailbox"],
    ),
]


class AccountView(AccountForm):
    """A channel account. Of its secrets only the names are shown."""

    secrets: list[str] = Field(description="Names of its secrets")
    id: str = Field(description="The account's id; events come in as /channels/<id>")
    version: int = Field(description="Counts the changes from 1; also the ETag")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, account: Account) -> "AccountView":
        """From the domain."""
        names = ("kind", "address", "name", "delivery", "settings", "id", "version", "created_at")
        shown = {name: getattr(account, name) for name in (*names, "updated_at")}
        return cls.model_construct(**shown, secrets=sorted(account.secrets))


class FolderView(BaseModel):
    """A folder that mails are fetched from."""

    name: str
    mails: int = Field(description="Mails fetched from it so far")


class MailboxView(BaseModel):
    """How fetching from an e-mail account's IMAP mailbox goes."""

    fetched_at: datetime | None = Field(description="When it was last looked into with success")
    failures: int = Field(description="Failures in a row; 0 when all is well")
    error: str | None = Field(description="What went wrong last; null when all is well")
    failed_at: datetime | None = Field(description="When that was")
    folders: list[FolderView]


class AccountDetail(AccountView):
    """A channel account, and how its mailbox is."""

    mailbox: MailboxView | None = Field(None, description="Null where nothing is fetched")


class RefusedMailView(BaseModel):
    """A mail that stayed in its mailbox, because it could not be fetched or is too large."""

    folder: str
    uid_validity: int
    uid: int = Field(description="The mail's UID in its folder")
    size: int | None = Field(description="Bytes, if the server says")
    reason: str
    refused_at: datetime


async def _mailbox(session: ReadSession, account: Account) -> MailboxView | None:
    mailboxes = Mailboxes(session)
    health = await mailboxes.health(account.tenant, account.id)
    if health is None or "imap" not in account.settings:
        return None
    cursors = await mailboxes.cursors(account.tenant, account.id)
    folders = [FolderView(name=name, mails=one.mails) for name, one in sorted(cursors.items())]
    shown = {name: getattr(health, name) for name in Health.__dataclass_fields__}
    return MailboxView(**shown, folders=folders)


def add_routes(routes: APIRouter, database: Database) -> None:
    """PUT and GET /channels/{id}, GET /channels and /channels/{id}/refused-mails."""

    @routes.put(
        "/channels/{id}", tags=["channel accounts"], response_model=AccountView, responses=COMMAND
    )
    async def set_up(
        id: AccountId,
        asked: SetUpAccount,
        command: Annotated[Command, Depends(command("accounts:write"))],
    ) -> Response:
        """Make a channel account, or change everything of it but its kind.

        Adapters publish events with the source `/channels/<id>`; events from any other source are
        set aside. If-Match with the ETag of the state you have seen guards against lost changes.
        """
        wanted = asked.wanted(command.caller.tenant, id)

        async def effect(work: Work) -> Reply:
            try:
                account = await set_up_account(work.session, wanted, command.expects, work.now)
            except AddressTaken:
                raise Conflict("Another account has this address; use that one.") from None
            except ForeignSecret as foreign:
                raise Invalid(
                    "A secret lies in its tenant's own space: env:INGEST_SECRET_<TENANT>__<NAME>"
                    " or file:<tenant>/<name>.",
                    pointer=f"#/secrets/{foreign.name}",
                ) from None
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

    @routes.get("/channels/{id}", tags=["channel accounts"], responses=NOT_FOUND)
    async def show(
        id: AccountId,
        caller: Annotated[Caller, Depends(require("accounts:read"))],
        response: Response,
    ) -> AccountDetail:
        """One channel account, and how fetching from its mailbox goes."""
        async with database.reading() as session:
            account = await Accounts(session).find(caller.tenant, id)
            if account is None:
                raise NotFound("channel account", id)
            mailbox = await _mailbox(session, account)
        response.headers["ETag"] = etag(account.version)
        return AccountDetail.model_construct(**dict(AccountView.of(account)), mailbox=mailbox)

    @routes.get("/channels/{id}/refused-mails", tags=["channel accounts"], responses=NOT_FOUND)
    async def list_refused(
        id: AccountId,
        caller: Annotated[Caller, Depends(require("accounts:read"))],
        asked: AskedPage,
    ) -> Page[RefusedMailView]:
        """Mails that fetching passed over and left in the mailbox, oldest first."""
        after = asked.after_as(datetime.fromisoformat, int)
        position = (after[0], after[1]) if after else None
        async with database.reading() as session:
            if await Accounts(session).find(caller.tenant, id) is None:
                raise NotFound("channel account", id)
            rows = await Mailboxes(session).refused(caller.tenant, id, position, asked.fetch)
        return asked.page(
            rows,
            lambda mail: RefusedMailView.model_validate(mail, from_attributes=True),
            lambda mail: [mail.refused_at.isoformat(), str(mail.uid)],
        )
