"""Tickets to work on: open, answer, note, and move along."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from services.router.api.fields import (
    Address,
    AnsweredBy,
    Asked,
    Key,
    Language,
    Markup,
    Reason,
    Subject,
    TicketId,
    Title,
    Words,
    example,
    is_mail_address,
)
from services.router.api.refusals import actor, refusals
from services.router.api.ticket_views import TicketView
from services.router.domain.tickets import Customer, Ticket
from services.router.usecases import opening, working
from shared.service import COMMAND, NOT_FOUND, Command, Invalid, Reply, Work, command

Writing = Annotated[Command, Depends(command("tickets:write"))]
Step = Callable[[Work, Ticket], Awaitable[None]]


class CustomerText(Asked):
    """Who asks, or whom to write to."""

    name: Title | None = None
    address: Address | None = Field(None, description="Mail address, number or channel handle")


class OpenTicket(Asked):
    """A ticket to open on a customer's behalf."""

    model_config = example(
        subject="Cannot log in", text="She rang: the reset mail does not arrive.",
        customer={"name": "Ana", "address": "ana@customer.example"}, priority="high",
    )  # fmt: skip

    subject: Subject = Field(description="What it is about, one line")
    text: Words = Field(description="What is known; the customer does not see it")
    customer: CustomerText
    channel: AnsweredBy = Field("email", description="How to answer the customer")
    priority: Literal["urgent", "high", "normal", "low"] = "normal"
    team: Key | None = Field(None, description="Key of the team; null: the one it comes to")
    language: Language | None = Field(None, description="Language to answer in")

    def request(self) -> opening.Request:
        """What the use case is asked for. Raises Invalid where no mail could answer it."""
        address = self.customer.address
        if self.channel == "email" and address is not None and not is_mail_address(address):
            detail = "Answers by e-mail need an address such as ana@customer.example."
            raise Invalid(detail, pointer="#/customer/address")
        return opening.Request(
            subject=self.subject, text=self.text,
            customer=Customer(self.customer.name, self.customer.address), channel=self.channel,
            priority=self.priority, team=self.team, language=self.language,
        )  # fmt: skip


class ReplyText(Asked):
    """An answer to the customer."""

    model_config = example(text="Please try the link that we have just sent.", status="pending")

    text: Words = Field(description="Plain text, at most 65,536 bytes of UTF-8")
    html: Markup | None = Field(None, description="The same as HTML; null for plain text only")
    status: Literal["pending", "open", "solved"] | None = Field(
        None, description="Status afterwards; null: open for a new ticket, else as it is"
    )
    agent_id: UUID | None = Field(
        None,
        description="Agent who answers, where another program hands it in; only such an answer, or "
        "one with an agent's own token, is a person's and keeps a promise",
    )


class NoteText(Asked):
    """A note among colleagues."""

    model_config = example(text="Waiting for the payment provider.")

    text: Words = Field(description="What the customer never sees")


class StatusText(Asked):
    """A status to change to."""

    model_config = example(status="on-hold", reason="The parcel service investigates")

    status: Literal["open", "pending", "on-hold", "solved", "closed"] = Field(
        description="pending waits for the customer, on-hold for others; closed is for good"
    )
    reason: Reason = Field("", description="Why, in a sentence for people")


class ResolveText(Asked):
    """A ticket is done with."""

    reason: Reason = Field("", description="Why, in a sentence for people")


async def _carry_out(command: Command, ticket_id: UUID, step: Step) -> Response:
    """Locks the ticket, does the step, and answers with the ticket after it."""

    async def effect(work: Work) -> Reply:
        with refusals():
            ticket = await working.take(work, command.caller.tenant, ticket_id, command.expects)
            await step(work, ticket)
        return Reply(TicketView.of(ticket), version=ticket.version)

    return await command.run(effect)


def routes() -> APIRouter:
    """The endpoints that change tickets."""
    router = APIRouter(prefix="/v1", tags=["work"])

    @router.post("/tickets", status_code=201, response_model=TicketView, responses=COMMAND)
    async def open_ticket(asked: OpenTicket, command: Writing) -> Response:
        """Open a ticket on a customer's behalf; your first reply begins the conversation."""

        request = asked.request()

        async def effect(work: Work) -> Reply:
            by = actor(command.caller)
            with refusals():
                ticket = await opening.open_ticket(work, command.caller.tenant, request, by)
            return Reply(
                TicketView.of(ticket), version=ticket.version, location=f"/v1/tickets/{ticket.id}"
            )

        return await command.run(effect)

    @router.post("/tickets/{id}/reply", response_model=TicketView, responses=NOT_FOUND | COMMAND)
    async def reply(id: TicketId, asked: ReplyText, command: Writing) -> Response:
        """Answer the customer, and change the status in the same go if you like."""
        answer = working.Answer(asked.text, asked.html, asked.status)
        caller, by = command.caller, actor(command.caller, asked.agent_id)

        async def step(work: Work, ticket: Ticket) -> None:
            await working.reply(work, ticket, answer, by, caller.subject)

        return await _carry_out(command, id, step)

    @router.post("/tickets/{id}/note", response_model=TicketView, responses=NOT_FOUND | COMMAND)
    async def note(id: TicketId, asked: NoteText, command: Writing) -> Response:
        """Leave a note that the customer never sees."""
        by = actor(command.caller)
        return await _carry_out(
            command, id, lambda work, ticket: working.note(work, ticket, asked.text, by)
        )

    @router.post("/tickets/{id}/resolve", response_model=TicketView, responses=NOT_FOUND | COMMAND)
    async def resolve(id: TicketId, command: Writing, asked: ResolveText | None = None) -> Response:
        """Say that the ticket is solved: its agent has room for another, and gets it at once."""
        by, reason = actor(command.caller), asked.reason if asked else ""
        return await _carry_out(
            command,
            id,
            lambda work, ticket: working.move(work, ticket, "solved", by, reason),
        )

    @router.post("/tickets/{id}/status", response_model=TicketView, responses=NOT_FOUND | COMMAND)
    async def set_status(id: TicketId, asked: StatusText, command: Writing) -> Response:
        """Change the status. 409 says which changes are possible from the present one."""
        by = actor(command.caller)
        return await _carry_out(
            command,
            id,
            lambda work, ticket: working.move(work, ticket, asked.status, by, asked.reason),
        )

    return router
