"""Channel accounts from a file: set up at start by every replica, which changes nothing twice."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.ingest.account_form import ACCOUNT_ID, SetUpAccount
from services.ingest.usecases.set_up_account import (
    AddressTaken,
    ForeignSecret,
    KindFixed,
    Wanted,
    set_up_account,
)
from shared.messaging.unit import UnitOfWork
from shared.service.settings import BadSettings

log = logging.getLogger(__name__)


class FiledAccount(SetUpAccount):
    """One account of the file: the form of PUT /v1/channels/{id}, and whose it is."""

    model_config = ConfigDict(extra="forbid")

    tenant: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    id: Annotated[str, Field(pattern=ACCOUNT_ID)]


class Filed(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    accounts: list[FiledAccount]


def read_accounts(path: Path | None) -> list[Wanted]:
    """The accounts that the file asks for; none without a file.

    Raises BadSettings, with the place in the file, when it cannot be read or says what cannot be.
    """
    if path is None:
        return []
    try:
        filed = Filed.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadSettings(f"INGEST_ACCOUNTS_FILE: {error.strerror}") from error
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = "/".join(str(part) for part in fault["loc"])
        raise BadSettings(f"INGEST_ACCOUNTS_FILE: #/{place}: {fault['msg']}") from error
    return [account.wanted(account.tenant, account.id) for account in filed.accounts]


class AccountFile:
    """What the accounts file asks for, and setting it up."""

    def __init__(self, unit: UnitOfWork, wanted: Sequence[Wanted]) -> None:
        self._unit = unit
        self._wanted = wanted

    async def run(self, stop: asyncio.Event) -> None:
        """Sets all accounts up once, then rests until `stop` is set."""
        for wanted in self._wanted:
            await self._set_up(wanted)
        await stop.wait()

    async def _set_up(self, wanted: Wanted) -> None:
        """One account in a transaction of its own, so that a wrong one keeps no other back."""
        try:
            async with self._unit.begin() as (session, _outbox, now):
                await set_up_account(session, wanted, lambda _version: None, now)
        except (AddressTaken, KindFixed, ForeignSecret) as fault:
            log.error(
                "account of the file cannot be",
                extra={"tenant": wanted.tenant, "account": wanted.id, "why": type(fault).__name__},
            )
