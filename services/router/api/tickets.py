"""Tickets to look at."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from services.router.api.fields import Key, TicketId
from services.router.api.ticket_views import TicketDetail, TicketView
from services.router.domain.tickets import Ticket
from services.router.repository import views
from shared.service import NOT_FOUND, AskedPage, Caller, NotFound, Page, etag, require
from shared.storage import Database, ReadSession

Reader = Annotated[Caller, Depends(require("tickets:read"))]


def wanted(
    status: Annotated[
        str | None, Query(max_length=40, pattern=r"^[a-z-]+$", description="Such as open")
    ] = None,
    team: Annotated[Key | None, Query(description="Key of the team")] = None,
    assignee: Annotated[UUID | None, Query(description="Id of the agent")] = None,
    conversation_id: Annotated[
        UUID | None, Query(description="The ticket that this conversation leads to")
    ] = None,
) -> views.Filter:
    """A FastAPI dependency: which tickets are asked for; all that is given must hold."""
    return views.Filter(status, team, assignee, conversation_id)


async def _detail(session: ReadSession, ticket: Ticket, response: Response) -> TicketDetail:
    response.headers["ETag"] = etag(ticket.version)
    return TicketDetail.with_all(
        ticket,
        await views.entries(session, ticket),
        await views.clocks(session, ticket),
        await views.suggestion(session, ticket),
    )


def routes(database: Database) -> APIRouter:
    """The endpoints that show tickets."""
    router = APIRouter(prefix="/v1", tags=["tickets"])

    @router.get("/tickets")
    async def list_tickets(
        caller: Reader, asked: AskedPage, wanted: Annotated[views.Filter, Depends(wanted)]
    ) -> Page[TicketView]:
        """Tickets, the newest first."""
        (before,) = asked.after_as(_number) or (None,)
        async with database.reading() as session:
            rows = await views.ticket_page(session, caller.tenant, wanted, before, asked.fetch)
        return asked.page(rows, TicketView.of, lambda ticket: (ticket.number,))

    @router.get("/tickets/by-number/{number}", responses=NOT_FOUND)
    async def get_ticket_by_number(
        number: Annotated[int, Path(ge=1, lt=2**63, description="The number that people quote")],
        caller: Reader,
        response: Response,
    ) -> TicketDetail:
        """A ticket by its number, with all that is known of it."""
        async with database.reading() as session:
            ticket = await views.ticket_by_number(session, caller.tenant, number)
            if ticket is None:
                raise NotFound("ticket", number)
            return await _detail(session, ticket, response)

    @router.get("/tickets/{id}", responses=NOT_FOUND)
    async def get_ticket(id: TicketId, caller: Reader, response: Response) -> TicketDetail:
        """A ticket with what was said, its clocks, suggested articles, and why its agent has it."""
        async with database.reading() as session:
            ticket = await views.ticket(session, caller.tenant, id)
            if ticket is None:
                raise NotFound("ticket", id)
            return await _detail(session, ticket, response)

    return router


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a ticket's number")
    return value
