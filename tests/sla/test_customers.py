"""Promises that depend on who asks, on a real database."""

from datetime import datetime, timedelta
from typing import Any

from services.sla.domain.history import customer_key
from services.sla.domain.policy import Kind, Policy
from services.sla.repository.customers import customer_plans
from services.sla.usecases.know_customers import know_customers
from services.sla.usecases.save_policy import lock_policy, save_policy
from shared.contracts.customers import CustomerChanged, CustomerIdentity
from shared.contracts.envelope import Event
from shared.contracts.payload import Party
from shared.contracts.tickets import TicketOpened, TicketStatusChanged
from shared.messaging import Received, UnitOfWork, new_id, sequence
from tests.sla.desk import Desk, Promises


def changed(at: datetime, plan: str | None, address: str = "Ada@Example.com") -> Received[Any]:
    """The customer is on this plan from now on."""
    data = CustomerChanged(
        customer_id=new_id(), plan=plan, changed_at=at,
        identities=(CustomerIdentity(kind="email", value=address),),
    )  # fmt: skip
    event = Event(
        id=str(new_id()), type=data.TYPE, source="/deskstream/ingest", subject="customer", time=at,
        tenant="demo", data=data, sequence=sequence(1, 1),
    )  # fmt: skip
    return Received(new_id(), event, data, at)


async def test_another_plan_gives_the_running_clocks_of_the_customer_another_target(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    gold = Policy("gold", "Gold", 0, 'customer.plan == "gold"',
                  targets={"normal": {Kind.FIRST_RESPONSE: 10}})  # fmt: skip
    rest = Policy("rest", "Rest", 1, targets={"normal": {Kind.FIRST_RESPONSE: 100}})
    async with unit.begin() as (session, _, _now):
        before = await lock_policy(session, "demo")
        since = now - timedelta(days=1)
        await save_policy(session, "demo", before, before.followed_by([gold, rest], since))
    desk = Desk(now - timedelta(minutes=5))
    event = desk._event(
        TicketOpened, 1, 0, {"customer": Party(address="ada@example.com")}, by="customer"
    )
    await promises.follow(event)
    assert [one.data.policy for one in await promises.announced()] == ["Rest"]
    async with unit.begin() as (session, outbox, at):
        await know_customers(session, outbox, [changed(now - timedelta(minutes=1), "gold")], at)
    assert await promises.recheck() == 1
    told = (await promises.announced())[-1].data
    assert (told.policy, told.due_at, told.retargets) == ("Gold", desk.at(10), 1)
    assert await promises.recheck() == 0


async def test_each_change_of_plan_is_kept_also_when_several_come_in_one_batch(
    unit: UnitOfWork, now: datetime
) -> None:
    def told(days: int, plan: str) -> Received[Any]:
        return changed(now - timedelta(days=days), plan)

    async def know(*events: Received[Any]) -> list[tuple[int, str | None]]:
        async with unit.begin() as (session, outbox, at):
            await know_customers(session, outbox, events, at)
        key = ("demo", str(customer_key("ada@example.com")))
        async with unit.database.reading() as session:
            kept = (await customer_plans(session, {key}))[key]
        return [((now - one.since).days, one.plan) for one in kept]

    assert await know(told(10, "silver")) == [(10, "silver")]
    there_and_back = [(10, "silver"), (8, "gold"), (7, "silver")]
    assert await know(told(8, "gold"), told(7, "silver"), told(6, "silver")) == there_and_back
    assert await know(told(7, "silver"), told(8, "gold")) == there_and_back


def test_a_customer_is_known_by_a_hash_of_an_address_in_any_case() -> None:
    assert customer_key("Ada@Example.com") == customer_key(" ada@example.com")
    assert customer_key(None) is None
    assert "ada" not in str(customer_key("ada@example.com"))


async def test_a_plan_that_is_known_after_the_ticket_starts_the_clocks_that_it_promises(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    gold = Policy("gold", "Gold", 0, 'customer.plan == "gold"',
                  targets={"normal": {Kind.FIRST_RESPONSE: 10}})  # fmt: skip
    async with unit.begin() as (session, _, _now):
        before = await lock_policy(session, "demo")
        since = now - timedelta(days=30)
        await save_policy(session, "demo", before, before.followed_by([gold], since))
    desk, ended = Desk(now - timedelta(minutes=5)), Desk(now - timedelta(minutes=5))
    customer = {"customer": Party(address="ada@example.com")}
    for each in (desk, ended):
        await promises.follow(each._event(TicketOpened, 1, 0, customer, by="customer"))
    await promises.follow(
        ended._event(TicketStatusChanged, 2, 1, customer | {"status": "solved"},
                     from_status="open", to_status="solved")
    )  # fmt: skip
    assert (await promises.announced(), await promises.recheck()) == ([], 0)
    async with unit.begin() as (session, outbox, at):
        await know_customers(session, outbox, [changed(now - timedelta(days=3), "gold")], at)
    assert (await promises.recheck(), await promises.recheck()) == (1, 0)
    [started] = await promises.announced()
    assert (started.subject, started.data.due_at) == (str(desk.ticket), desk.at(10))
