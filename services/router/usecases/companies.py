"""Tenants and their teams: set up, changed, announced, and again where Kafka has fallen behind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.router.domain.floor import UNROUTED
from services.router.domain.people import Team, Tenant, UnknownTeam, UnknownTenant
from services.router.domain.routing import Claim
from services.router.repository import tenants
from services.router.repository.queues import Queues
from services.router.repository.tenants import Tenants
from services.router.usecases.announcing import announce_tenant
from services.router.usecases.staffing import Hall, enter, serve
from services.router.usecases.working import Expects
from shared.messaging import Outbox, Received, restated
from shared.messaging.resync import PAGE
from shared.service import Work
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a tenant is to be. default_team: None leaves it as it is."""

    name: str
    status: str
    languages: Sequence[str]
    timezone: str
    default_team: str | None
    revoked_tokens: Sequence[str]


async def put_tenant(work: Work, slug: str, wanted: Wanted, expects: Expects) -> Tenant:
    """Sets a tenant up or changes it. Raises UnknownTeam for a default team that does not exist."""
    hall = await _enter(work, slug, wanted.default_team) if wanted.default_team else None
    before = await Tenants(work.session).lock(slug)
    expects(before.version if before else 0)
    teams = before.teams if before else ()
    if wanted.default_team is not None and wanted.default_team not in teams:
        raise UnknownTeam(wanted.default_team)
    tenant = Tenant(
        slug=slug, version=before.version + 1 if before else 1, name=wanted.name,
        status=wanted.status, languages=tuple(wanted.languages), timezone=wanted.timezone,
        default_team=wanted.default_team or (before.default_team if before else None),
        revoked_tokens=tuple(wanted.revoked_tokens), changed_at=work.now, teams=teams,
    )  # fmt: skip
    await Tenants(work.session).put(tenant)
    announce_tenant(work.outbox, tenant, work.cause)
    if hall is not None:
        await serve(work, hall, hall.floor.agents, ())
    return tenant


async def put_team(
    work: Work, slug: str, key: str, *, name: str, takes: Sequence[Claim], expects: Expects
) -> Team:
    """Makes a team or changes it. A tenant's first team is its default team.

    Raises UnknownTenant.
    """
    await Queues(work.session).lock([(slug, key)])
    tenant = await Tenants(work.session).lock(slug)
    if tenant is None:
        raise UnknownTenant(slug)
    before = await Tenants(work.session).team(slug, key)
    expects(before.version if before else 0)
    team = Team(slug, key, before.version + 1 if before else 1, name, takes)
    await Tenants(work.session).put_team(team)
    if before is None:
        changed = replace(
            tenant, version=tenant.version + 1, teams=tuple(sorted({*tenant.teams, key})),
            default_team=tenant.default_team or key, changed_at=work.now,
        )  # fmt: skip
        await Tenants(work.session).put(changed)
        announce_tenant(work.outbox, changed, work.cause)
    return team


async def announce_tenants_again(
    session: Session, outbox: Outbox, late: Sequence[Received[Any]], now: datetime
) -> None:
    """Kafka holds states of these tenants that are older than what it held: say how they are."""
    causes = {event.event.subject: event.cause for event in late}
    for slug, tenant in (await tenants.of_slugs(session, causes)).items():
        announce_tenant(outbox, tenant, causes[slug])


async def restate_tenants(session: Session, outbox: Outbox, after: str | None) -> str | None:
    """Announces tenants anew for `resync`, a page at a time."""
    page = await tenants.slugs_after(session, after, PAGE)
    for slug, tenant in (await tenants.of_slugs(session, page)).items():
        announce_tenant(outbox, tenant, restated(outbox, slug))
    return page[-1] if len(page) == PAGE else None


async def _enter(work: Work, slug: str, default_team: str) -> Hall:
    """Locks what it takes to give tickets that no team took to the new default team."""
    team = (slug, default_team)
    return await enter(work.session, {(slug, UNROUTED), team}, {team}, (), {slug: default_team})
