"""Customers: one for each sender, known again by any of their identities, merged and parted."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.ingest.tables.customers import customer, customer_identity
from services.ingest.usecases.hear_customers import customers_consumer
from shared.contracts.customers import (
    CustomerChanged,
    CustomerErased,
    CustomerIdentity,
    CustomerMerged,
)
from shared.contracts.messages import MessageReceived
from tests.ingest.mailroom import AT, Mailroom, chat, letter, mail, received


async def customers(mailroom: Mailroom) -> list[Any]:
    async with mailroom.unit.database.reading() as session:
        rows = await session.execute(select(customer).order_by(customer.c.created_at))
        return list(rows)


async def told(mailroom: Mailroom, data: CustomerChanged, id: str = "1") -> None:
    event = received(data, id, key="crm-1", source="/adapters/crm")
    async with mailroom.unit.begin() as (session, outbox, now):
        await customers_consumer().handle(session, outbox, [event], now)


def crm(*addresses: str, **facts: Any) -> CustomerChanged:
    known = tuple(CustomerIdentity(kind="email", value=a, verified=True) for a in addresses)
    return CustomerChanged(external_id="crm-1", identities=known, changed_at=AT, **facts)


async def test_a_sender_is_a_customer_and_the_message_says_so(mailroom: Mailroom) -> None:
    await mailroom.mails(mail(letter()))
    [changed] = await mailroom.announced(CustomerChanged)
    [message] = await mailroom.announced(MessageReceived)
    assert changed.data.name == "Ana"
    assert [(i.kind, i.value) for i in changed.data.identities] == [("email", "ana@example.com")]
    assert changed.data.customer_id == message.data.customer_id
    assert changed.partitionkey == str(changed.data.customer_id)


async def test_a_second_message_writes_and_announces_nothing_of_its_customer(
    mailroom: Mailroom,
) -> None:
    await mailroom.mails(mail(letter()))
    before = await customers(mailroom)
    await mailroom.mails(mail(letter("<2@example.com>", sender="ANA <Ana@Example.com>")))
    assert await customers(mailroom) == before
    assert len(await mailroom.announced(CustomerChanged)) == 1
    one, other = await mailroom.announced(MessageReceived)
    assert one.data.customer_id == other.data.customer_id


async def test_two_parsers_at_once_make_one_customer(mailroom: Mailroom) -> None:
    await asyncio.gather(
        *[mailroom.mails(mail(letter(f"<{n}@example.com>", f"Text {n}"))) for n in range(6)]
    )
    assert len(await customers(mailroom)) == 1
    messages = await mailroom.announced(MessageReceived)
    assert len({message.data.customer_id for message in messages}) == 1
    assert len(await mailroom.announced(CustomerChanged)) == 1


async def test_a_customer_of_another_tenant_is_another_one(mailroom: Mailroom) -> None:
    await mailroom.mails(mail(letter()), mail(letter(), tenant="other"))
    assert {row.tenant for row in await customers(mailroom)} == {"demo", "other"}
    one, other = await mailroom.announced(MessageReceived)
    assert one.data.customer_id != other.data.customer_id


async def test_a_name_that_comes_later_is_learned(mailroom: Mailroom) -> None:
    await mailroom.mails(mail(letter(sender="ana@example.com")))
    await mailroom.mails(mail(letter("<2@example.com>")))
    first, second = await mailroom.announced(CustomerChanged)
    assert (first.data.name, second.data.name) == (None, "Ana")
    assert (first.sequence or 0) < (second.sequence or 0)


async def test_an_address_typed_into_a_chat_proves_nothing(mailroom: Mailroom) -> None:
    await mailroom.mails(mail(letter()))
    await mailroom.chats(chat("s1", 1))
    one, other = await mailroom.announced(MessageReceived)
    assert one.data.customer_id != other.data.customer_id


async def test_facts_of_an_adapter_find_the_customer_by_an_identity(mailroom: Mailroom) -> None:
    await mailroom.mails(mail(letter()))
    await told(mailroom, crm("Ana@Example.com", plan="business", value=4800.0))
    [row] = await customers(mailroom)
    assert (row.plan, row.value, row.name) == ("business", 4800.0, "Ana")
    last = (await mailroom.announced(CustomerChanged))[-1].data
    assert (last.plan, last.customer_id) == ("business", row.id)
    assert {one.kind for one in last.identities} == {"email", "external"}


async def test_facts_that_came_before_change_nothing(mailroom: Mailroom) -> None:
    await told(mailroom, crm("ana@example.com", plan="business"))
    await told(mailroom, crm("ana@example.com", plan="free"), "2")
    assert [row.plan for row in await customers(mailroom)] == ["business"]


async def test_verified_identities_of_one_person_make_two_customers_one(
    mailroom: Mailroom,
) -> None:
    await mailroom.mails(mail(letter()))
    await mailroom.mails(mail(letter("<2@b.example>", sender="ana@b.example")))
    await told(mailroom, crm("ana@example.com", "ana@b.example", language="pt"))
    [merged] = await mailroom.announced(CustomerMerged)
    first, second = await customers(mailroom)
    assert (merged.data.customer_id, merged.data.into) == (second.id, first.id)
    assert second.merged_into == first.id
    await mailroom.mails(mail(letter("<3@b.example>", "More", sender="ana@b.example")))
    last = (await mailroom.announced(MessageReceived))[-1].data
    assert last.customer_id == first.id


async def test_identities_are_claimed_once(mailroom: Mailroom) -> None:
    await mailroom.mails(*[mail(letter(f"<{n}@x.example>", f"T{n}")) for n in range(20)])
    async with mailroom.unit.database.reading() as session:
        rows = (await session.execute(select(customer_identity))).all()
    assert len(rows) == 1
    assert isinstance(rows[0].customer_id, UUID)


async def test_only_ingest_decides_that_customers_are_merged_or_erased(mailroom: Mailroom) -> None:
    await mailroom.mails(mail(letter()))
    before = await customers(mailroom)
    data = CustomerErased(customer_id=before[0].id, at=AT)
    event = received(data, "1", key=str(before[0].id), source="/adapters/crm")
    async with mailroom.unit.begin() as (session, outbox, now):
        await customers_consumer().handle(session, outbox, [event], now)
    assert await customers(mailroom) == before


async def test_identities_that_are_not_verified_merge_nobody(mailroom: Mailroom) -> None:
    await mailroom.mails(mail(letter()))
    await mailroom.mails(mail(letter("<2@b.example>", sender="bo@b.example")))
    told_of = [CustomerIdentity(kind="email", value=a) for a in ("ana@example.com", "bo@b.example")]
    await told(mailroom, CustomerChanged(identities=tuple(told_of), plan="free", changed_at=AT))
    assert await mailroom.announced(CustomerMerged) == []
    assert sorted(str(row.plan) for row in await customers(mailroom)) == ["None", "free"]


async def test_an_adapter_may_tell_of_somebody_who_has_not_written_yet(mailroom: Mailroom) -> None:
    await told(mailroom, crm("ana@example.com", plan="business", name="Ana Lima"))
    await mailroom.mails(mail(letter()))
    [row] = await customers(mailroom)
    assert (row.name, row.plan) == ("Ana Lima", "business")
    [message] = await mailroom.announced(MessageReceived)
    assert message.data.customer_id == row.id
