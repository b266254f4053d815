"""Everything that is promised: the set that holds, its versions, and the draft of the next one."""

from collections.abc import Awaitable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.sla.api.policy_views import DraftView, PolicyList, PolicySetView
from services.sla.repository.policies import Policies
from services.sla.usecases.save_policy import BadPolicies, lock_policy, publish, save_draft
from shared.service import (
    COMMAND,
    AskedPage,
    Caller,
    Command,
    Conflict,
    Invalid,
    Page,
    Reply,
    Work,
    command,
    etag,
    require,
)
from shared.storage import Database

LARGEST = 524_288
"""Bytes of a list of policies."""
READS = Depends(require("policies:read"))
_WRITES = Depends(command("policies:write"))
_T = TypeVar("_T")


def add_routes(router: APIRouter, database: Database) -> None:
    """Everything below /policies, but for what a draft would do."""
    _add_reads(router, database)
    _add_writes(router)


def _add_reads(router: APIRouter, database: Database) -> None:
    @router.get("/policies", tags=["policies"])
    async def get_policies(caller: Annotated[Caller, READS], response: Response) -> PolicySetView:
        """What is promised now; the built-in set until the tenant has one of its own."""
        async with database.reading() as session:
            promised = await Policies(session).current(caller.tenant)
        response.headers["ETag"] = etag(promised.version)
        return PolicySetView.of(promised)

    @router.get("/policies/versions", tags=["policies"])
    async def list_versions(
        caller: Annotated[Caller, READS], asked: AskedPage
    ) -> Page[PolicySetView]:
        """Everything that was ever promised, the newest version first."""
        [below] = asked.after_as(int) or (None,)
        async with database.reading() as session:
            rows = await Policies(session).history(caller.tenant, below, asked.fetch)
        return asked.page(rows, view=PolicySetView.of, position=lambda each: (each.version,))

    @router.get("/policies/draft", tags=["policies"])
    async def get_draft(caller: Annotated[Caller, READS], response: Response) -> DraftView:
        """The draft; until somebody begins one, version 0: what holds now."""
        async with database.reading() as session:
            draft = await Policies(session).draft(caller.tenant)
        response.headers["ETag"] = etag(draft.version)
        return DraftView.of(draft)


def _add_writes(router: APIRouter) -> None:
    @router.put(
        "/policies/draft", tags=["policies"], response_model=DraftView, responses=COMMAND,
        max_body_size=LARGEST,
    )  # fmt: skip
    async def put_draft(asked: PolicyList, command: Annotated[Command, _WRITES]) -> Response:
        """Write the draft. Nobody is promised anything by it until it is published."""

        async def effect(work: Work) -> Reply:
            tenant = command.caller.tenant
            await Policies.lock(work.session)
            before = await Policies(work.session).draft(tenant)
            command.expects(before.version)
            saved = save_draft(work.session, tenant, before, asked.read(), work.now)
            draft = await _good(saved)
            return Reply(DraftView.of(draft), version=draft.version)

        return await command.run(effect)

    @router.post(
        "/policies/draft/publish", tags=["policies"], response_model=PolicySetView,
        responses=COMMAND,
    )  # fmt: skip
    async def publish_draft(command: Annotated[Command, _WRITES]) -> Response:
        """Promise the draft from now on; running clocks are reckoned anew. If-Match: the draft's.

        Publishing what holds already changes nothing. 409 while nobody has begun a draft.
        """

        async def effect(work: Work) -> Reply:
            tenant = command.caller.tenant
            before = await lock_policy(work.session, tenant)
            draft = await Policies(work.session).draft(tenant)
            command.expects(draft.version)
            if draft.version == 0:
                raise Conflict("There is no draft; write one first.")
            saved = publish(work.session, tenant, before, draft.policies, work.now)
            promised = await _good(saved)
            return Reply(PolicySetView.of(promised), version=promised.version)

        return await command.run(effect)


async def _good(saved: Awaitable[_T]) -> _T:
    try:
        return await saved
    except BadPolicies as error:
        raise Invalid(str(error), pointer=f"#{error.pointer}") from None
