"""Customers over HTTP: found, told about, merged, parted and erased."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.ingest.api.customer_views import (
    ConversationView,
    CustomerView,
    Erase,
    Erased,
    MergeInto,
    PutFacts,
)
from services.ingest.domain.customers import Customer, mail_address, phone_number
from services.ingest.repository.customer_pages import conversations_of, page_of_customers
from services.ingest.repository.customers import Customers
from services.ingest.usecases.erase_customer import erase
from services.ingest.usecases.merge_customers import NotMerged, UnknownCustomer, merge, unmerge
from services.ingest.usecases.take_facts import Facts, put_facts
from shared.service import (
    COMMAND,
    NOT_FOUND,
    AskedPage,
    Caller,
    Command,
    Conflict,
    NotFound,
    Page,
    Reply,
    Work,
    command,
    etag,
    require,
)
from shared.storage import Database

Reader = Annotated[Caller, Depends(require("customers:read"))]
Writer = Annotated[Command, Depends(command("customers:write"))]


def add_routes(routes: APIRouter, database: Database, within: timedelta) -> None:
    """/customers, /customers/{id} and what is done to one. within: of an erasure."""
    _add_reads(routes, database)
    _add_facts(routes)
    _add_merges(routes)
    _add_erasure(routes, within)


def _add_reads(routes: APIRouter, database: Database) -> None:
    @routes.get("/customers", tags=["customers"])
    async def list_customers(
        caller: Reader,
        asked: AskedPage,
        identity: Annotated[
            str | None,
            Query(description="Mail address, E.164 number or network id", max_length=320),
        ] = None,
        q: Annotated[
            str | None, Query(description="Beginning of a name or an identity", max_length=100)
        ] = None,
    ) -> Page[CustomerView]:
        """Customers, oldest first; of those that were merged only what they are part of."""
        after = asked.after_as(datetime.fromisoformat, UUID)
        known = identity and (mail_address(identity) or phone_number(identity) or identity.strip())
        async with database.reading() as session:
            keys = await page_of_customers(
                session, caller.tenant, known or None, q, after=(after[0], after[1]) if after
                else None, limit=asked.fetch,
            )  # fmt: skip
            found = await Customers(session).whole(keys)
        return asked.page(
            [found[key] for key in keys],
            CustomerView.of,
            lambda one: [one.created_at.isoformat(), str(one.id)],
        )

    @routes.get("/customers/{id}", tags=["customers"], responses=NOT_FOUND)
    async def show_customer(id: UUID, caller: Reader, response: Response) -> CustomerView:
        """A customer; the id of one that was merged shows what it is part of."""
        async with database.reading() as session:
            customer = await _find(Customers(session), caller.tenant, id)
        response.headers["ETag"] = etag(customer.version)
        return CustomerView.of(customer)

    @routes.get("/customers/{id}/conversations", tags=["customers"], responses=NOT_FOUND)
    async def list_conversations(
        id: UUID, caller: Reader, asked: AskedPage
    ) -> Page[ConversationView]:
        """Conversations that the customer wrote in, by any identity, oldest first."""
        after = asked.after_as(datetime.fromisoformat, UUID)
        async with database.reading() as session:
            customer = await _find(Customers(session), caller.tenant, id)
            rows = await conversations_of(
                session, caller.tenant, [customer.id, *customer.aliases],
                after=(after[0], after[1]) if after else None, limit=asked.fetch,
            )  # fmt: skip
        return asked.page(
            rows,
            lambda row: ConversationView.model_validate(row, from_attributes=True),
            lambda row: [row.opened_at.isoformat(), str(row.id)],
        )


async def _find(customers: Customers, tenant: str, id: UUID) -> Customer:
    root = (await customers.roots([(tenant, id)])).get((tenant, id))
    found = await customers.whole([(tenant, root)]) if root else {}
    customer = found.get((tenant, root)) if root else None
    if customer is None or customer.erased_at:
        raise NotFound("customer", id)
    return customer


def _add_facts(routes: APIRouter) -> None:
    @routes.put(
        "/customers/{id}/facts", tags=["customers"], response_model=CustomerView,
        responses=NOT_FOUND | COMMAND,
    )  # fmt: skip
    async def set_facts(id: UUID, asked: PutFacts, command: Writer) -> Response:
        """Replace all that is known about a customer."""

        async def effect(work: Work) -> Reply:
            key = command.caller.tenant, id
            try:
                customer = await put_facts(
                    work.session, work.outbox, key, Facts(**asked.model_dump()),
                    cause=work.cause, expects=command.expects,
                )  # fmt: skip
            except UnknownCustomer:
                raise NotFound("customer", id) from None
            return _reply(customer)

        return await command.run(effect)


def _add_merges(routes: APIRouter) -> None:
    @routes.post(
        "/customers/{id}/merge", tags=["customers"], response_model=CustomerView,
        responses=NOT_FOUND | COMMAND,
    )  # fmt: skip
    async def merge_into(id: UUID, asked: MergeInto, command: Writer) -> Response:
        """Make a customer part of another; its id stays good for ever. Answers with the whole."""

        async def effect(work: Work) -> Reply:
            try:
                customer = await merge(
                    work.session, work.outbox, (command.caller.tenant, id), asked.into,
                    proof="person", cause=work.cause, expects=command.expects,
                )  # fmt: skip
            except UnknownCustomer:
                raise NotFound("customer", id) from None
            return _reply(customer)

        return await command.run(effect)

    @routes.post(
        "/customers/{id}/unmerge", tags=["customers"], response_model=CustomerView,
        responses=NOT_FOUND | COMMAND,
    )  # fmt: skip
    async def take_apart(id: UUID, command: Writer) -> Response:
        """Take a merge back: the part stands for itself again, with what is its own."""

        async def effect(work: Work) -> Reply:
            key = command.caller.tenant, id
            try:
                customer = await unmerge(
                    work.session, work.outbox, key, cause=work.cause, expects=command.expects
                )
            except UnknownCustomer:
                raise NotFound("customer", id) from None
            except NotMerged:
                raise Conflict("The customer is part of no other one.") from None
            return _reply(customer)

        return await command.run(effect)


def _add_erasure(routes: APIRouter, within: timedelta) -> None:
    @routes.post(
        "/customers/{id}/erase", tags=["customers"], status_code=202, response_model=Erased,
        responses=NOT_FOUND | COMMAND,
    )  # fmt: skip
    async def forget(id: UUID, asked: Erase, command: Writer) -> Response:
        """Forget a customer, for good: who it is at once, what it said by `done_by`."""

        async def effect(work: Work) -> Reply:
            key = command.caller.tenant, id
            try:
                erased = await erase(
                    work.session, work.outbox, key, within=within, cause=work.cause,
                    expects=command.expects,
                )  # fmt: skip
            except UnknownCustomer:
                raise NotFound("customer", id) from None
            return Reply(Erased(ids=list(erased.ids), done_by=erased.due_at))

        return await command.run(effect)


def _reply(customer: Customer) -> Reply:
    return Reply(CustomerView.of(customer), version=customer.version)
