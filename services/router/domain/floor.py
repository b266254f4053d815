"""Who gets which ticket, and why, among the agents that a transaction has locked."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.router.domain.agents import Agent
from services.router.domain.changes import Assigned, Change, Unassigned
from services.router.domain.lifecycle import assign, unassign
from services.router.domain.tickets import Ticket

Entry = tuple[tuple[int, datetime, UUID], Agent]

UNROUTED = ""
"""The queue of tickets that no team takes; the default team's agents empty it."""


@dataclass(slots=True)
class Floor:
    """The locked agents and queues. team_names: display names by (tenant, team).

    changed: ids of agents whose load has changed since they were locked.
    """

    agents: dict[UUID, Agent]
    team_names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    default_teams: Mapping[str, str | None] = field(default_factory=dict)
    changed: set[UUID] = field(default_factory=set)
    _heaps: dict[tuple[str, str, str], list[Entry]] = field(default_factory=dict)
    _present: dict[tuple[str, str], int] = field(default_factory=dict)

    def release(self, agent_id: UUID, channel: str) -> None:
        """One of the agent's tickets is done with."""
        self.agents[agent_id].release(channel)
        self.changed.add(agent_id)

    def give_back(self, ticket: Ticket, now: datetime) -> Change:
        """A reopened ticket goes back to its agent, or loses them where that cannot be."""
        agent = self.agents[_assignee(ticket)]
        if agent.may_take(ticket.channel):
            return self._give(ticket, agent, f"had it before: {agent.burden(ticket.channel)}", now)
        return unassign(ticket, _why_not(agent, ticket.channel), now)

    def take_from_leaver(self, ticket: Ticket, now: datetime) -> Unassigned:
        """A ticket of an agent who left goes back to the queue."""
        agent = self.agents[_assignee(ticket)]
        self.release(agent.id, ticket.channel)
        return unassign(ticket, f"{agent.name} has left", now)

    def hand_out(self, waiting: Iterable[Ticket], now: datetime) -> list[Assigned]:
        """Gives waiting tickets to agents with room, in the order of their turn; of equal ones the
        first comes first.

        A ticket whose team has nobody with room keeps waiting: it gets its place in the queue.
        """
        given = []
        for ticket in sorted(waiting, key=lambda ticket: ticket.turn):
            assigned = self._hand_out(ticket, now)
            if assigned is not None:
                given.append(assigned)
            elif ticket.queue is None:
                ticket.queue = ticket.team or UNROUTED
                ticket.waiting_since = ticket.unanswered_since or now
        return given

    def room(self, agents: Iterable[UUID], team: str, channel: str) -> int | None:
        """How many waiting tickets of a queue those agents could take; None: any number."""
        rooms = [
            agent.room(channel)
            for agent in (self.agents[agent_id] for agent_id in agents)
            if team in agent.teams and agent.may_take(channel)
        ]
        known = [room for room in rooms if room is not None]
        return None if len(known) < len(rooms) else sum(known)

    def _hand_out(self, ticket: Ticket, now: datetime) -> Assigned | None:
        team = ticket.team or self.default_teams.get(ticket.tenant)
        agent = None if team is None else self._next_agent(ticket.tenant, team, ticket.channel)
        if team is None or agent is None:
            return None
        ticket.team = team
        return self._give(ticket, agent, self._reason(ticket, team, agent, now), now)

    def _give(self, ticket: Ticket, agent: Agent, reason: str, now: datetime) -> Assigned:
        agent.take(ticket.channel, now)
        self.changed.add(agent.id)
        return assign(ticket, agent.id, reason, now)

    def _next_agent(self, tenant: str, team: str, channel: str) -> Agent | None:
        """The agent whose turn it is. Loads only rise meanwhile, so a stale entry is too early."""
        heap = self._heap(tenant, team, channel)
        while heap:
            turn, agent = heap[0]
            if not agent.may_take(channel):
                heapq.heappop(heap)
            elif turn != agent.turn:
                heapq.heapreplace(heap, (agent.turn, agent))
            else:
                return agent
        return None

    def _heap(self, tenant: str, team: str, channel: str) -> list[Entry]:
        key = (tenant, team, channel)
        if key not in self._heaps:
            heap = [
                (agent.turn, agent) for agent in self._team(tenant, team) if agent.may_take(channel)
            ]
            heapq.heapify(heap)
            self._heaps[key] = heap
        return self._heaps[key]

    def _reason(self, ticket: Ticket, team: str, agent: Agent, now: datetime) -> str:
        name = self.team_names.get((ticket.tenant, team), team)
        burden = agent.burden(ticket.channel)
        if ticket.waiting_since is not None:
            waited = _length(now - ticket.waiting_since)
            return f"first with room in {name} after {waited} in the queue: {burden}"
        present = self._present_in(ticket.tenant, team)
        return f"least loaded of {present} available in {name}: {burden}"

    def _present_in(self, tenant: str, team: str) -> int:
        if (tenant, team) not in self._present:
            working = [agent for agent in self._team(tenant, team) if agent.working]
            self._present[tenant, team] = len(working)
        return self._present[tenant, team]

    def _team(self, tenant: str, team: str) -> Iterator[Agent]:
        for agent in self.agents.values():
            if agent.tenant == tenant and team in agent.teams:
                yield agent


def _assignee(ticket: Ticket) -> UUID:
    if ticket.assignee is None:
        raise ValueError(f"ticket {ticket.number} has no agent")
    return ticket.assignee


def _why_not(agent: Agent, channel: str) -> str:
    if agent.offboarded:
        return f"{agent.name} has left"
    if not agent.available:
        return f"{agent.name} is not available"
    return f"{agent.name} has no room: {agent.burden(channel)}"


def _length(waited: timedelta) -> str:
    seconds = max(0, int(waited.total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
