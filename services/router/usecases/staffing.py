"""Who works on what: places freed, tickets queued, and both brought together under lock.

Whoever queues a ticket or frees a place first locks the team's queue row, then reads queue and
agents. So of two transactions the second sees what the first did, and no ticket stays waiting while
an agent of its team has room.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from services.router.domain.changes import Change
from services.router.domain.floor import UNROUTED, Floor
from services.router.domain.tickets import Ticket
from services.router.repository.agents import AgentKey, Agents, Membership
from services.router.repository.queues import Queue, QueueKey, Queues
from services.router.repository.tickets import Ask, Tickets
from services.router.usecases.announcing import announce
from shared.messaging import Cause
from shared.service import Work
from shared.storage import Session

_MOST_AT_ONCE: Final = 5000
"""Waiting tickets that an agent without any limit gets in one transaction."""

Caused = tuple[Change, Cause]
"""A change and what brought it about."""


@dataclass(slots=True)
class Case:
    """A locked or new ticket after what happened to it; `before`: who had it in hand before."""

    ticket: Ticket
    cause: Cause
    before: UUID | None = None

    @property
    def freed(self) -> bool:
        """Whether its agent has a place free now."""
        return self.before is not None and self.ticket.holder is None

    @property
    def returns(self) -> bool:
        """Whether it was done with and its agent should have it again."""
        return self.before is None and self.ticket.holder is not None


@dataclass(frozen=True, slots=True)
class Staffed:
    """What came of it: changes in order, and the waiting tickets that were drawn in."""

    changes: Sequence[Caused] = ()
    drawn: Sequence[Ticket] = ()


@dataclass(frozen=True, slots=True)
class Hall:
    """The locked queues and agents of one transaction."""

    queues: Sequence[Queue]
    floor: Floor


async def staff(session: Session, cases: Collection[Case], now: datetime) -> Staffed:
    """Frees places, gives reopened tickets back, draws in who waits, and hands tickets out.

    The tickets of `cases` are changed, not stored; agents and queues are stored.
    """
    freed = [case for case in cases if case.freed]
    returning = [case for case in cases if case.returns]
    waiting = [case for case in cases if case.ticket.wants_agent]
    if not (freed or returning or waiting):
        return Staffed()
    hall = await _enter(session, freed, [*returning, *waiting])
    for case in freed:
        assert case.before is not None
        hall.floor.release(case.before, case.ticket.channel)
    changes: list[Caused] = []
    for case in returning:
        changes.append((hall.floor.give_back(case.ticket, now), case.cause))
    drawn = await draw_in(session, hall, {case.before for case in freed if case.before})
    causes = {case.ticket.id: case.cause for case in cases}
    queued = [case.ticket for case in cases if case.ticket.wants_agent]
    for assigned in hall.floor.hand_out([*queued, *drawn], now):
        changes.append((assigned, causes.get(assigned.ticket.id) or freed[0].cause))
    await leave(session, hall, queued)
    return Staffed(changes, drawn)


async def enter(
    session: Session,
    queues: Collection[QueueKey],
    teams: Collection[QueueKey],
    agents: Collection[AgentKey],
    new_defaults: Mapping[str, str] = MappingProxyType({}),
) -> Hall:
    """Locks queues, then whoever works in `teams` and the named agents.

    An UNROUTED queue is worked by the agents of its tenant's default team; `new_defaults` says
    which that is about to be.
    """
    locked = [
        replace(queue, default_team=new_defaults.get(queue.tenant, queue.default_team))
        for queue in await Queues(session).lock(queues)
    ]
    defaults = {queue.tenant: queue.default_team for queue in locked}
    names = {(queue.tenant, queue.team): queue.name for queue in locked}
    pool = {(tenant, team or defaults.get(tenant)) for tenant, team in teams}
    found = await Agents(session).lock({(tenant, team) for tenant, team in pool if team}, agents)
    return Hall(locked, Floor(found, names, defaults))


async def serve(
    work: Work, hall: Hall, agents: Collection[UUID], released: Sequence[Ticket]
) -> None:
    """Gives work to agents who have room now, and `released` tickets to whoever can take them.

    Stores and announces all of it.
    """
    waiting = [ticket for ticket in released if ticket.wants_agent]
    drawn = await draw_in(work.session, hall, agents)
    given = hall.floor.hand_out([*waiting, *drawn], work.now)
    await leave(work.session, hall, waiting)
    await Tickets(work.session).save([*released, *drawn])
    for assigned in given:
        announce(work.outbox, assigned, work.cause)


async def draw_in(session: Session, hall: Hall, agents: Collection[UUID]) -> list[Ticket]:
    """Locks the waiting tickets that those agents have room for.

    Nobody else could take any of them, else they would have been handed out before.
    """
    asks = []
    for queue in hall.queues:
        team = queue.team or queue.default_team
        for channel in queue.channels if team else ():
            assert team is not None
            room = hall.floor.room(agents, team, channel)
            most = _MOST_AT_ONCE if room is None else min(room, _MOST_AT_ONCE)
            if most:
                asks.append(Ask(queue.tenant, queue.team, channel, most))
    return list((await Tickets(session).lock_waiting(asks)).values()) if asks else []


async def leave(session: Session, hall: Hall, queued: Iterable[Ticket]) -> None:
    """Stores the loads that changed, and which channels now wait in which queue."""
    floor = hall.floor
    if floor.changed:
        await Agents(session).save_loads(
            [agent for agent in floor.agents.values() if agent.id in floor.changed]
        )
    waiting: dict[QueueKey, set[str]] = {}
    for ticket in queued:
        if ticket.queue is not None:
            waiting.setdefault((ticket.tenant, ticket.queue), set()).add(ticket.channel)
    grown = [
        replace(queue, channels=sorted(waiting[queue.tenant, queue.team] | set(queue.channels)))
        for queue in hall.queues
        if waiting.get((queue.tenant, queue.team), set()) - set(queue.channels)
    ]
    if grown:
        await Queues(session).add_channels(grown)


def queues_of(memberships: Iterable[Membership]) -> set[QueueKey]:
    """The queues that agents draw from: their teams', and the unrouted one for the default team."""
    keys = set()
    for member in memberships:
        keys |= {(member.tenant, team) for team in member.teams}
        if member.default_team in member.teams:
            keys.add((member.tenant, UNROUTED))
    return keys


async def _enter(session: Session, freed: Sequence[Case], wanting: Sequence[Case]) -> Hall:
    releasing = {(case.ticket.tenant, case.before) for case in freed if case.before}
    memberships = await Agents(session).memberships(releasing)
    teams = {(case.ticket.tenant, case.ticket.team or UNROUTED) for case in wanting}
    held = {(case.ticket.tenant, case.ticket.assignee) for case in wanting if case.ticket.assignee}
    hall = await enter(session, queues_of(memberships) | teams, teams, releasing | held)
    return await _enter_new_teams(session, hall, releasing)


async def _enter_new_teams(session: Session, hall: Hall, releasing: Collection[AgentKey]) -> Hall:
    """Locks the queues of teams that an agent joined while we waited for the lock.

    That is out of order; should it ever meet a rival in the other order, PostgreSQL ends one of
    the two, and the engine or the command does it again.
    """
    known = {(queue.tenant, queue.team) for queue in hall.queues}
    agents = [hall.floor.agents[agent_id] for _, agent_id in releasing]
    joined = {(agent.tenant, team) for agent in agents for team in agent.teams} - known
    return replace(hall, queues=[*hall.queues, *await Queues(session).lock(joined)])
