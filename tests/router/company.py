"""A company whose tickets tests play with, through the use cases."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from services.router.domain.people import Profile
from services.router.domain.routing import Claim
from services.router.domain.tickets import Actor, Ticket
from services.router.repository import views
from services.router.usecases import companies, people, working
from shared.messaging import Received, UnitOfWork, command_cause, tables
from shared.service import Service, Work
from tests.router.events import conversation

ANYBODY = Actor("system")


def any_version(version: int) -> None:
    """No If-Match."""


class Company:
    """One tenant, and everything that happens to it."""

    def __init__(self, service: Service, slug: str = "demo") -> None:
        self.service = service
        self.slug = slug

    @property
    def unit(self) -> UnitOfWork:
        """Its units of work."""
        return self.service.unit

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """One command, committed at the end of the block."""
        async with self.unit.begin() as (session, outbox, now):
            yield Work(session, outbox, command_cause(), now)

    async def set_up(self, **fields: Any) -> None:
        """The tenant and its Support team."""
        await self.put(**fields)
        await self.team("support", "Support")

    async def put(self, **fields: Any) -> None:
        """The tenant, made or changed."""
        wanted = {
            "name": "Demo GmbH", "status": "active", "languages": ["en"],
            "timezone": "Europe/Berlin", "default_team": None, "revoked_tokens": [],
        }  # fmt: skip
        async with self.work() as work:
            await companies.put_tenant(
                work, self.slug, companies.Wanted(**(wanted | fields)), any_version
            )

    async def team(self, key: str, name: str, *takes: tuple[str, str | None]) -> None:
        """A team, made or changed."""
        claims = [Claim(key, channel, account) for channel, account in takes]
        async with self.work() as work:
            await companies.put_team(
                work, self.slug, key, name=name, takes=claims, expects=any_version
            )

    async def agent(
        self, number: int, *, capacity: dict[str, int] | None = None,
        availability: str = "available", teams: Sequence[str] = ("support",),
        offboarded: bool = False,
    ) -> UUID:  # fmt: skip
        """An agent with an id by `number`, made or changed, who takes work by default."""
        wanted = people.WantedAgent(
            name=f"Agent {number}", email=None, teams=teams, skills=[("billing", 2)],
            languages=["en"], capacity={"total": 2} if capacity is None else capacity,
            roles=["agent"], offboarded=offboarded, reason="",
        )  # fmt: skip
        agent_id = UUID(int=number)
        async with self.work() as work:
            await people.put_agent(work, self.slug, agent_id, wanted, any_version)
        await self.available(agent_id, availability)
        return agent_id

    async def available(self, agent_id: UUID, availability: str = "available") -> None:
        """The agent says whether they take work."""
        async with self.work() as work:
            await people.set_availability(
                work, self.slug, agent_id, availability, reason="", expects=any_version
            )

    async def hear(self, topic: str, *events: Received[Any]) -> None:
        """The consumer of `topic` gets a batch."""
        consumer = next(one for one in self.service.consumers if one.topics == (topic,))
        async with self.unit.begin() as (session, outbox, now):
            await consumer.handle(session, outbox, events, now)

    async def messages(self, *events: Received[Any]) -> None:
        """Customers write."""
        await self.hear("support.messages.v1", *events)

    async def tick(self, limit: int = 100) -> int:
        """The timer fires."""
        timer = self.service.timers[0]
        async with self.unit.begin() as (session, outbox, now):
            return await timer.fire(session, outbox, now, limit)

    async def ticket(self, name: str | int = 1) -> Ticket:
        """The ticket that a conversation leads to."""
        async with self.unit.database.reading() as session:
            wanted = views.Filter(conversation_id=conversation(name, self.slug))
            (found,) = await views.ticket_page(session, self.slug, wanted, None, 2)
        return found

    async def tickets(self) -> list[Ticket]:
        """All tickets, the oldest first."""
        async with self.unit.database.reading() as session:
            found = await views.ticket_page(session, self.slug, views.Filter(), None, 10_000)
        return found[::-1]

    async def entries(self, ticket: Ticket) -> list[Any]:
        """What was said on a ticket."""
        async with self.unit.database.reading() as session:
            return await views.entries(session, ticket)

    async def agents(self) -> dict[UUID, Profile]:
        """All agents."""
        async with self.unit.database.reading() as session:
            found = await views.agent_page(session, self.slug, None, 10_000)
        return {agent.id: agent for agent in found}

    async def do(self, ticket: Ticket, step: Callable[[Work, Ticket], Awaitable[None]]) -> Ticket:
        """One step of an agent's work on a ticket; returns it as it is then."""
        async with self.work() as work:
            taken = await working.take(work, self.slug, ticket.id, any_version)
            await step(work, taken)
        return taken

    async def reply(
        self, ticket: Ticket, text: str = "Try again.", then: str | None = None,
        by: Actor = ANYBODY,
    ) -> Ticket:  # fmt: skip
        """Somebody answers the customer."""
        answer = working.Answer(text, None, then)
        return await self.do(ticket, lambda work, it: working.reply(work, it, answer, by, "test"))

    async def move(self, ticket: Ticket, to: str) -> Ticket:
        """Somebody changes the status."""
        return await self.do(ticket, lambda work, it: working.move(work, it, to, ANYBODY))

    async def announced(self, *types: str) -> list[dict[str, Any]]:
        """The data of what was announced, in order, of the given short types or of all.

        Each has its attributes under "ce".
        """
        async with self.unit.database.reading() as session:
            rows = await session.execute(select(tables.outbox).order_by(tables.outbox.c.id))
            found = [_event(row) for row in rows]
        wanted = {f"support.{name}.v1" for name in types}
        return [event for event in found if not types or event["ce"]["type"] in wanted]

    async def forget_announced(self) -> None:
        """As if the relay had published everything."""
        await self.sql("DELETE FROM outbox")

    async def sql(self, *statements: str) -> None:
        """Makes the database what no use case makes it."""
        async with self.unit.database.writing() as session:
            for statement in statements:
                await session.execute(text(statement))


def _event(row: Any) -> dict[str, Any]:
    headers = dict(json.loads(row.headers))
    attributes = {
        name.removeprefix("ce_"): value for name, value in headers.items() if name[:3] == "ce_"
    }
    return json.loads(row.payload) | {"ce": attributes | {"topic": row.topic}}


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """The short types of announced events."""
    types = (event["ce"]["type"] for event in events)
    return [name.removeprefix("support.").removesuffix(".v1") for name in types]
