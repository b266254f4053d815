"""Tenants and teams over HTTP."""

from datetime import datetime
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Path
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import Response

from services.router.api.fields import Asked, Channel, Key, Language, Title, example
from services.router.api.refusals import refusals
from services.router.domain.people import Team, Tenant
from services.router.domain.routing import Claim
from services.router.repository import tenants
from services.router.usecases import companies
from shared.service import (
    COMMAND,
    NOT_FOUND,
    Caller,
    Command,
    NotFound,
    Reply,
    Work,
    command,
    etag,
    require,
)
from shared.storage import Database

_ZONES = available_timezones()


def _known_zone(zone: str) -> str:
    if zone not in _ZONES:
        raise ValueError("there is no such time zone; use an IANA name such as Europe/Berlin")
    return zone


Zone = Annotated[str, AfterValidator(_known_zone)]
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="The tenant's id")]


class TenantText(Asked):
    """What a company that uses Deskstream is."""

    model_config = example(name="Demo GmbH", languages=["de", "en"], timezone="Europe/Berlin")

    name: Title = Field(description="The company's name, as its customers know it")
    status: Literal["active", "suspended", "closed"] = Field("active", description="Is it served?")
    languages: list[Language] = Field(
        ["en"], min_length=1, max_length=50, description="What it answers in, the default first"
    )
    timezone: Zone = Field("UTC", description="IANA zone of the times that its customers are told")
    default_team: Key | None = Field(
        None, description="Team that gets what no other takes; null: as it is, at first the first"
    )
    revoked_tokens: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        [], max_length=10_000, description="Ids (`jti`) of service tokens to refuse"
    )

    def wanted(self) -> companies.Wanted:
        """What the use case is asked for."""
        return companies.Wanted(
            name=self.name, status=self.status, languages=self.languages, timezone=self.timezone,
            default_team=self.default_team, revoked_tokens=self.revoked_tokens,
        )  # fmt: skip


class TenantView(BaseModel):
    """A tenant as it stands."""

    slug: str
    version: int = Field(description="Counts its changes; also in the ETag")
    name: str
    status: str
    languages: list[str]
    timezone: str
    default_team: str | None
    teams: list[str] = Field(description="Keys of its teams")
    changed_at: datetime

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        """The view of a tenant; the revoked tokens are nobody's business."""
        return cls.model_validate(tenant, from_attributes=True)


class Take(Asked):
    """What comes to a team by itself."""

    channel: Channel = Field(description="Kind of channel", examples=["email"])
    account: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="Id of the channel account; null: all accounts that no team names"
    )


class TeamText(Asked):
    """What a team is."""

    model_config = example(name="Support", takes=[{"channel": "chat"}])

    name: Title = Field(description="What people call it")
    takes: list[Take] = Field([], max_length=100, description="What comes to it by itself")


class TeamView(BaseModel):
    """A team as it stands."""

    key: str
    version: int = Field(description="Counts its changes; also in the ETag")
    name: str
    takes: list[Take]

    @classmethod
    def of(cls, team: Team) -> Self:
        """The view of a team."""
        takes = [Take(channel=claim.channel, account=claim.account) for claim in team.takes]
        return cls(key=team.key, version=team.version, name=team.name, takes=takes)


class TeamList(BaseModel):
    """All teams of a tenant."""

    items: list[TeamView] = Field(description="By key")


def routes(database: Database) -> APIRouter:
    """The endpoints of tenants and teams."""
    router = APIRouter(prefix="/v1")

    @router.put(
        "/tenants/{slug}", tags=["tenants"], response_model=TenantView,
        responses=NOT_FOUND | COMMAND,
    )  # fmt: skip
    async def put_tenant(
        slug: Slug,
        asked: TenantText,
        command: Annotated[Command, Depends(command("tenants:write"))],
    ) -> Response:
        """Set the tenant of the token up, or change it."""

        async def effect(work: Work) -> Reply:
            if slug != command.caller.tenant:
                raise NotFound("tenant", slug)
            with refusals("#/default_team"):
                tenant = await companies.put_tenant(work, slug, asked.wanted(), command.expects)
            return Reply(TenantView.of(tenant), version=tenant.version)

        return await command.run(effect)

    @router.get("/tenants/{slug}", tags=["tenants"], responses=NOT_FOUND)
    async def get_tenant(
        slug: Slug,
        caller: Annotated[Caller, Depends(require("tenants:read"))],
        response: Response,
    ) -> TenantView:
        """The tenant of the token."""
        async with database.reading() as session:
            known = await tenants.of_slugs(session, [caller.tenant])
        if slug not in known:
            raise NotFound("tenant", slug)
        response.headers["ETag"] = etag(known[slug].version)
        return TenantView.of(known[slug])

    @router.put(
        "/teams/{key}", tags=["teams"], response_model=TeamView, responses=NOT_FOUND | COMMAND
    )
    async def put_team(
        key: Annotated[Key, Path(description="The team's key")],
        asked: TeamText,
        command: Annotated[Command, Depends(command("agents:write"))],
    ) -> Response:
        """Make a team, or change it. The first one becomes the tenant's default team."""
        claims = [Claim(key, take.channel, take.account) for take in asked.takes]

        async def effect(work: Work) -> Reply:
            tenant = command.caller.tenant
            with refusals():
                team = await companies.put_team(
                    work, tenant, key, name=asked.name, takes=claims, expects=command.expects
                )
            return Reply(TeamView.of(team), version=team.version)

        return await command.run(effect)

    @router.get("/teams", tags=["teams"])
    async def list_teams(caller: Annotated[Caller, Depends(require("agents:read"))]) -> TeamList:
        """All teams."""
        async with database.reading() as session:
            teams = await tenants.teams_of(session, caller.tenant)
        return TeamList(items=[TeamView.of(team) for team in teams])

    return router
