"""Erased customers leave the tickets; nothing of them is in any of router's tables."""

from sqlalchemy import text

from shared.contracts.customers import CustomerErased
from shared.contracts.payload import Party
from tests.router.company import Company
from tests.router.events import START, conversation, message, received

MARK = "xylophone"


async def tables_with(company: Company, word: str) -> list[str]:
    """The tables of the database that hold a word anywhere, in text or in bytes."""
    tables = text(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1"
    )
    found = []
    async with company.unit.database.reading() as session:
        for name in await session.scalars(tables):
            query = text(
                f"SELECT count(*) FROM {name} t WHERE strpos(lower(t::text), :word) > 0"
                " OR strpos(lower(t::text), :octets) > 0"
            )
            if await session.scalar(query, {"word": word, "octets": word.encode().hex()}):
                found.append(name)
    return found


def erased(**what: object) -> CustomerErased:
    return CustomerErased.model_validate({"customer_id": conversation("ana"), "at": START} | what)


async def test_nothing_of_an_erased_customer_is_left_and_others_keep_theirs(
    company: Company,
) -> None:
    sender = Party(name=MARK, address=f"{MARK}@customer.example")
    await company.messages(message(1, sender=sender, subject=f"A {MARK}"), message(2))
    ticket = await company.reply(await company.ticket(1), f"Dear {MARK}")
    await company.reply(await company.ticket(2), "Dear Ana")
    assert {"tickets", "entries", "outbox"} <= set(await tables_with(company, MARK))
    event = received(erased(conversation_ids=[conversation(1)]), conversation("ana"))
    await company.hear("support.customers.v1", event)
    assert await tables_with(company, MARK) == []
    after = await company.ticket(1)
    assert (after.id, after.number, after.status) == (ticket.id, ticket.number, ticket.status)
    assert (await company.ticket(2)).customer_name == "Ana"
    assert "Dear Ana" in [entry.text for entry in await company.entries(await company.ticket(2))]


async def test_in_a_ticket_with_others_only_who_the_customer_was_goes(company: Company) -> None:
    sender = Party(name=MARK, address=f"{MARK}@customer.example")
    await company.messages(message(1, sender=sender))
    await company.reply(await company.ticket(1), "An answer")
    event = received(erased(led_conversation_ids=[conversation(1)]), conversation("ana"))
    await company.hear("support.customers.v1", event)
    ticket = await company.ticket(1)
    assert (ticket.customer_name, ticket.customer_address) == (None, None)
    assert "An answer" in [entry.text for entry in await company.entries(ticket)]
