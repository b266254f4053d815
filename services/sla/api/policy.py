"""The short form of what is promised: minutes for each priority."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.sla.domain.policy import Kind, Minutes, PolicySet, of_minutes
from services.sla.repository import Policies
from services.sla.usecases.save_policy import lock_policy, publish
from shared.service import (
    COMMAND,
    Caller,
    Command,
    Conflict,
    Reply,
    Work,
    command,
    etag,
    require,
)
from shared.storage import Database

_Target = Annotated[
    int | None, Field(ge=1, le=5_256_000, description="Minutes; null if it is not promised")
]
_KINDS = frozenset({Kind.FIRST_RESPONSE, Kind.RESOLUTION})
_EXAMPLE: dict[str, Any] = {
    "name": "Standard",
    "minutes": {
        "urgent": {"first-response": 15, "resolution": 240},
        "high": {"first-response": 60, "resolution": 480},
        "normal": {"first-response": 240, "resolution": 1440},
        "low": {"first-response": 480, "resolution": None},
    },
}


class Targets(BaseModel):
    """What is promised at one priority."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first_response: _Target = Field(None, alias="first-response")
    resolution: _Target = Field(None, alias="resolution")


class TargetsByPriority(BaseModel):
    """What is promised at each priority."""

    model_config = ConfigDict(extra="forbid")

    urgent: Targets
    high: Targets
    normal: Targets
    low: Targets


class PolicyText(BaseModel):
    """What is promised to the customers of a tenant."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    name: str = Field(
        min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$", description="What people call it"
    )
    minutes: TargetsByPriority = Field(
        description="Minutes from a ticket's opening to the first answer by a person, and to its "
        "solution; a reopened ticket has the latter once more"
    )

    def by_kind(self) -> Minutes:
        """The targets as the domain has them: without those that are not promised."""
        written = self.minutes.model_dump(by_alias=True, exclude_none=True)
        return {
            priority: {Kind(kind): minutes for kind, minutes in targets.items()}
            for priority, targets in written.items()
        }


class PolicyView(PolicyText):
    """The policy that holds now."""

    version: int = Field(description="Counts the changes; 0 is the built-in policy", examples=[1])
    since: datetime | None = Field(
        description="Clocks that start from here on keep to it; null for the built-in policy"
    )

    @classmethod
    def of(cls, promised: PolicySet) -> Self:
        """The view of a version."""
        policy = promised.policies[0]
        return cls.model_validate(
            {"name": policy.name, "minutes": policy.targets, "version": promised.version,
             "since": promised.since}
        )  # fmt: skip


def add_routes(router: APIRouter, database: Database) -> None:
    """GET and PUT /policy."""

    @router.get("/policy", tags=["policy"])
    async def get_policy(
        caller: Annotated[Caller, Depends(require("policies:read"))], response: Response
    ) -> PolicyView:
        """What is promised now; the built-in policy until the tenant has one of its own.

        409 where more is promised than this form can say.
        """
        async with database.reading() as session:
            policy = await Policies(session).current(caller.tenant)
        _check_short(policy)
        response.headers["ETag"] = etag(policy.version)
        return PolicyView.of(policy)

    @router.put("/policy", tags=["policy"], response_model=PolicyView, responses=COMMAND)
    async def put_policy(
        asked: PolicyText, command: Annotated[Command, Depends(command("policies:write"))]
    ) -> Response:
        """Promise this to everybody, around the clock, from now on.

        409 where more is promised now than this form can say: it would be lost.
        """

        async def effect(work: Work) -> Reply:
            tenant = command.caller.tenant
            before = await lock_policy(work.session, tenant)
            command.expects(before.version)
            _check_short(before)
            policies = (of_minutes(asked.name, asked.by_kind()),)
            after = await publish(work.session, tenant, before, policies, work.now)
            return Reply(PolicyView.of(after), version=after.version)

        return await command.run(effect)


def _check_short(promised: PolicySet) -> None:
    short = [of_minutes(policy.name, policy.targets) for policy in promised.policies]
    kinds = {kind for policy in short for minutes in policy.targets.values() for kind in minutes}
    if len(short) != 1 or promised.policies != (*short,) or not kinds <= _KINDS:
        raise Conflict("More is promised than minutes by priority; see /v1/policies.")
