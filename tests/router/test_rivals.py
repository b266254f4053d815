"""Transactions that meet over tickets and agents, interleaved and at random, on PostgreSQL."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import text

from services.router.domain.people import GivenMeanwhile
from services.router.domain.tickets import Ticket
from services.router.repository.tickets import Tickets
from services.router.usecases import working
from shared.messaging.errors import sqlstate
from tests.router.company import ANYBODY, Company, any_version
from tests.router.events import message

WAITS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def rival_waits(company: Company) -> None:
    """Returns when one transaction waits for a lock of another."""
    while True:
        async with company.unit.database.reading() as session:
            if await session.scalar(WAITS):
                return
        await asyncio.sleep(0.005)


@asynccontextmanager
async def resolving(company: Company, ticket: Ticket) -> AsyncIterator[None]:
    """A command that resolves a ticket, and commits at the end of the block."""
    async with company.work() as work:
        taken = await working.take(work, company.slug, ticket.id, any_version)
        await working.move(work, taken, "solved", ANYBODY)
        yield


async def test_a_ticket_queued_while_an_agent_is_being_freed_does_not_stay_waiting(
    company: Company,
) -> None:
    ana = await company.agent(1, capacity={"total": 1})
    await company.messages(message(1))
    async with resolving(company, await company.ticket(1)):
        queueing = asyncio.create_task(company.messages(message(2)))
        await rival_waits(company)
    await queueing
    assert (await company.ticket(2)).assignee == ana


async def test_an_agent_freed_while_a_ticket_is_being_queued_gets_it(company: Company) -> None:
    ana = await company.agent(1, capacity={"total": 1})
    await company.messages(message(1))
    first = await company.ticket(1)
    consumer = company.service.consumers[0]
    async with company.unit.begin() as (session, outbox, now):
        await consumer.handle(session, outbox, [message(2)], now)
        freeing = asyncio.create_task(company.move(first, "solved"))
        await rival_waits(company)
    await freeing
    assert (await company.ticket(2)).assignee == ana


async def test_a_waiting_ticket_that_is_locked_while_an_agent_is_freed_is_handed_out_after(
    company: Company,
) -> None:
    ana = await company.agent(1, capacity={"total": 1})
    await company.messages(message(1))
    await company.messages(message(2))
    first, second = await company.tickets()
    freed, locked = asyncio.Event(), asyncio.Event()

    async def write_again() -> None:
        consumer = company.service.consumers[0]
        async with company.unit.begin() as (session, outbox, now):
            await Tickets(session).lock([(second.tenant, second.id)])
            locked.set()
            await freed.wait()
            await consumer.handle(session, outbox, [message(2, minute=9)], now)

    writing = asyncio.create_task(write_again())
    await locked.wait()
    async with resolving(company, first):
        # The waiting ticket was passed over, since its customer is just writing.
        freed.set()
        await rival_waits(company)
    await writing
    assert (await company.ticket(2)).assignee == ana


async def test_an_agent_who_joins_a_team_while_being_freed_looks_into_its_queue_too(
    company: Company,
) -> None:
    await company.team("chat", "Chat", ("chat", None))
    ana = await company.agent(1, capacity={"total": 1})
    await company.messages(message(1))
    first = await company.ticket(1)
    await company.messages(message(2, channel="chat"))
    async with company.work() as work:
        await work.session.execute(text("SELECT FROM queues WHERE team = 'support' FOR UPDATE"))
        freeing = asyncio.create_task(company.move(first, "solved"))
        await rival_waits(company)
        await work.session.execute(text("UPDATE agents SET teams = '{chat,support}'"))
    await freeing
    assert (await company.ticket(2)).assignee == ana


async def test_one_who_leaves_while_given_a_ticket_is_asked_to_try_again(
    company: Company,
) -> None:
    await company.agent(1)
    consumer = company.service.consumers[0]
    async with company.unit.begin() as (session, outbox, now):
        await consumer.handle(session, outbox, [message(1)], now)
        leaving = asyncio.create_task(company.agent(1, offboarded=True))
        await rival_waits(company)
    with pytest.raises(GivenMeanwhile):
        await leaving
    await company.agent(1, offboarded=True)
    assert (await company.ticket(1)).assignee is None


async def _retried(step: asyncio.Future[object]) -> None:
    """A deadlock may only ever come from a rival outside the lock order: here it is a failure."""
    try:
        await step
    except Exception as error:
        pytest.fail(f"{type(error).__name__} {sqlstate(error)}: {error}")


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_capacity_is_never_exceeded_and_nobody_waits_beside_a_free_agent(
    company: Company, seed: int
) -> None:
    """Two routers and some agents at once, at random; then the books must be right."""
    chance = random.Random(seed)
    await company.team("chat", "Chat", ("chat", None))
    limits = [{"total": 2}, {"total": 3, "chat": 1}, {"chat": 2, "email": 1}, {"total": 1}]
    teams = [["support"], ["support", "chat"], ["chat"], ["chat", "support"]]
    for number, (capacity, team) in enumerate(zip(limits, teams, strict=True), 1):
        await company.agent(number, capacity=capacity, teams=team)
    names = list(range(40))

    async def router(own: list[int]) -> None:
        for _ in range(12):
            chosen = chance.choices(own, k=chance.randint(1, 6))
            channel = {name: "chat" if name % 3 else "email" for name in chosen}
            await company.messages(*[message(name, channel=channel[name]) for name in chosen])

    async def worker(own: list[int]) -> None:
        for _ in range(25):
            tickets = [one for one in await company.tickets() if one.number % 3 in own]
            if not tickets:
                continue
            ticket = chance.choice(tickets)
            to = chance.choice(["solved", "solved", "pending", "on-hold", "open"])
            try:
                await company.move(ticket, to)
            except Exception as error:
                if type(error).__name__ != "ForbiddenMove":
                    raise

    async def shift() -> None:
        for _ in range(10):
            agent = UUID(int=chance.randint(1, 4))
            await company.available(agent, chance.choice(["available", "available", "away"]))

    jobs = [router(names[::2]), router(names[1::2]), worker([0, 1]), worker([1, 2]), shift()]
    async with asyncio.timeout(120):
        await asyncio.gather(*[_retried(asyncio.ensure_future(job)) for job in jobs])
    await _books_are_right(company)


async def _books_are_right(company: Company) -> None:
    agents, tickets = await company.agents(), await company.tickets()
    held = Counter((one.assignee, one.channel) for one in tickets if one.holder)
    for agent in agents.values():
        load = {channel: count for (who, channel), count in held.items() if who == agent.id}
        assert agent.load == load
        for channel, limit in agent.capacity.items():
            assert (sum(load.values()) if channel == "total" else load.get(channel, 0)) <= limit
    for ticket in tickets:
        assert (ticket.queue is not None) == ticket.wants_agent
        free = [
            agent.id
            for agent in agents.values()
            if ticket.team in agent.teams and agent.at_work().may_take(ticket.channel)
        ]
        assert not (ticket.wants_agent and free), "waits although an agent has room"
