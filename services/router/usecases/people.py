"""Agents: made, changed and announced, and given work as soon as they have room for it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.router.domain.floor import UNROUTED
from services.router.domain.people import (
    GivenMeanwhile,
    Profile,
    UnknownAgent,
    UnknownTeam,
    UnknownTenant,
)
from services.router.domain.tickets import Ticket
from services.router.repository import tenants
from services.router.repository.agents import Agents, Membership, all_profiles, profiles
from services.router.repository.tickets import Tickets
from services.router.usecases.announcing import announce, announce_agent
from services.router.usecases.staffing import Hall, enter, queues_of, serve
from services.router.usecases.working import Expects
from shared.messaging import Outbox, Received, restated
from shared.messaging.resync import PAGE
from shared.service import Work
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class WantedAgent:
    """What an agent is to be. skills: (name, level); capacity: see domain Agent."""

    name: str
    email: str | None
    teams: Sequence[str]
    skills: Sequence[tuple[str, int]]
    languages: Sequence[str]
    capacity: dict[str, int]
    roles: Sequence[str]
    offboarded: bool
    reason: str


async def put_agent(
    work: Work, tenant: str, agent_id: UUID, wanted: WantedAgent, expects: Expects
) -> Profile:
    """Makes an agent, offline at first, or changes all but availability.

    One who leaves gives up their tickets. Raises UnknownTenant, UnknownTeam, UnknownAgent for an id
    that belongs to another tenant, and GivenMeanwhile: then try again.
    """
    company = (await tenants.of_slugs(work.session, [tenant])).get(tenant)
    if company is None:
        raise UnknownTenant(tenant)
    for team in wanted.teams:
        if team not in company.teams:
            raise UnknownTeam(team)
    joins = Membership(tenant, agent_id, wanted.teams, company.default_team)

    def change(before: Profile | None) -> Profile:
        expects(before.version if before else 0)
        return _profile(tenant, agent_id, wanted, before, work.now)

    return await _change(work, tenant, agent_id, change, [joins], leaves=wanted.offboarded)


async def set_availability(
    work: Work, tenant: str, agent_id: UUID, availability: str, *, reason: str, expects: Expects
) -> Profile:
    """Says whether an agent takes work now. Raises UnknownAgent."""

    def change(before: Profile | None) -> Profile:
        if before is None:
            raise UnknownAgent(agent_id)
        expects(before.version)
        if before.availability == availability:
            return before
        return replace(
            before, version=before.version + 1, availability=availability, reason=reason,
            changed_at=work.now,
        )  # fmt: skip

    return await _change(work, tenant, agent_id, change, [])


async def announce_agents_again(
    session: Session, outbox: Outbox, late: Sequence[Received[Any]], now: datetime
) -> None:
    """Kafka holds states of these agents that are older than what it held: say how they are."""
    causes = {event.event.subject: event.cause for event in late}
    known = await profiles(session, [event.data.agent_id for event in late])
    for agent in known.values():
        announce_agent(outbox, agent, causes[str(agent.id)])


async def restate_agents(session: Session, outbox: Outbox, after: str | None) -> str | None:
    """Announces agents anew for `resync`, a page at a time."""
    page = await all_profiles(session, after, PAGE)
    for agent in page:
        announce_agent(outbox, agent, restated(outbox, str(agent.id)))
    return str(page[-1].id) if len(page) == PAGE else None


async def _change(
    work: Work,
    tenant: str,
    agent_id: UUID,
    change: Callable[[Profile | None], Profile],
    joins: Collection[Membership],
    *,
    leaves: bool = False,
) -> Profile:
    """Changes an agent under the locks of the old and the new teams' queues."""
    key = (tenant, agent_id)
    held = await Tickets(work.session).lock_held_by(*key) if leaves else {}
    hall = await _enter(work, tenant, agent_id, joins, held.values())
    before = (await profiles(work.session, [agent_id])).get(agent_id)
    if before is not None and before.tenant != tenant:
        raise UnknownAgent(agent_id)
    if leaves and before is not None and sum(before.load.values()) != len(held):
        raise GivenMeanwhile(agent_id)
    after = change(before)
    if after == before:
        return after
    await Agents(work.session).put(after)
    announce_agent(work.outbox, after, work.cause)
    hall.floor.agents[agent_id] = after.at_work()
    for ticket in held.values():
        announce(work.outbox, hall.floor.take_from_leaver(ticket, work.now), work.cause)
    await serve(work, hall, [agent_id], list(held.values()))
    return after


async def _enter(
    work: Work, tenant: str, agent_id: UUID, joins: Collection[Membership],
    held: Collection[Ticket],
) -> Hall:  # fmt: skip
    was = await Agents(work.session).memberships([(tenant, agent_id)])
    teams = {(tenant, ticket.team or UNROUTED) for ticket in held}
    queues = queues_of([*was, *joins]) | teams
    return await enter(work.session, queues, teams, [(tenant, agent_id)])


def _profile(
    tenant: str, agent_id: UUID, wanted: WantedAgent, before: Profile | None, now: datetime
) -> Profile:
    return Profile(
        tenant=tenant, id=agent_id, version=before.version + 1 if before else 1,
        name=wanted.name, email=wanted.email, teams=tuple(wanted.teams),
        skills=tuple(wanted.skills), languages=tuple(wanted.languages),
        capacity=wanted.capacity, availability=before.availability if before else "offline",
        roles=tuple(wanted.roles), offboarded=wanted.offboarded, reason=wanted.reason,
        changed_at=now, load=before.load if before else {},
        last_given_at=before.last_given_at if before else None,
    )  # fmt: skip
