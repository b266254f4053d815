"""What happened, put into the words of the contracts."""

from collections.abc import Callable
from typing import Any, Final

from services.router.domain import changes
from services.router.domain.people import Profile, Tenant
from services.router.domain.tickets import Ticket
from shared.contracts import agents, outgoing, tenants, tickets
from shared.contracts.payload import Party
from shared.messaging import Cause, Outbox


def announce(outbox: Outbox, change: changes.Change, cause: Cause) -> None:
    """Announces one change of a ticket on support.tickets.v1."""
    ticket = change.ticket
    about = {
        "ticket": snapshot(ticket), "at": change.at, "by": change.by.kind,
        "by_agent": change.by.agent_id,
    }  # fmt: skip
    outbox.add(
        _PAYLOADS[type(change)](change, about),
        tenant=ticket.tenant,
        key=str(ticket.id),
        cause=cause,
        sequence=outbox.sequence(ticket.version),
        time=change.at,
    )


def announce_outgoing(
    outbox: Outbox, ticket: Ticket, asked: outgoing.OutgoingRequested, cause: Cause
) -> None:
    """Asks for something to be sent to the ticket's customer."""
    outbox.add(
        asked,
        tenant=ticket.tenant,
        key=str(asked.conversation_id),
        subject=str(asked.request_id),
        cause=cause,
    )


def announce_tenant(outbox: Outbox, tenant: Tenant, cause: Cause) -> None:
    """Announces the full state of a tenant."""
    outbox.add(
        tenants.TenantChanged(
            slug=tenant.slug, name=tenant.name, status=tenant.status,
            languages=tuple(tenant.languages), timezone=tenant.timezone,
            teams=tuple(tenant.teams), default_team=tenant.default_team,
            revoked_tokens=tuple(tenant.revoked_tokens), changed_at=tenant.changed_at,
        ),
        tenant=tenant.slug, key=tenant.slug, cause=cause,
        sequence=outbox.sequence(tenant.version),
    )  # fmt: skip


def announce_agent(outbox: Outbox, agent: Profile, cause: Cause) -> None:
    """Announces the full state of an agent."""
    outbox.add(
        agents.AgentChanged(
            agent_id=agent.id, name=agent.name, email=agent.email, teams=tuple(agent.teams),
            skills=tuple(agents.Skill(name=name, level=level) for name, level in agent.skills),
            languages=tuple(agent.languages), capacity=dict(agent.capacity),
            availability=agent.availability, roles=tuple(agent.roles),
            offboarded=agent.offboarded, reason=agent.reason, changed_at=agent.changed_at,
        ),
        tenant=agent.tenant, key=str(agent.id), cause=cause,
        sequence=outbox.sequence(agent.version),
    )  # fmt: skip


def snapshot(ticket: Ticket) -> tickets.Ticket:
    """The ticket as the contract has it."""
    return tickets.Ticket(
        id=ticket.id, number=ticket.number, version=ticket.version,
        conversation_ids=tuple(ticket.conversation_ids), subject=ticket.subject,
        category=ticket.category, status=ticket.status, priority=ticket.priority,
        team=ticket.team, assignee=ticket.assignee, tier=ticket.tier, tags=tuple(ticket.tags),
        language=ticket.language, channel=ticket.channel,
        customer=Party(name=ticket.customer_name, address=ticket.customer_address),
        opened_at=ticket.opened_at, assigned_at=ticket.assigned_at,
        first_assigned_at=ticket.first_assigned_at, first_replied_at=ticket.first_replied_at,
        last_customer_message_at=ticket.last_customer_message_at,
        last_replied_at=ticket.last_replied_at, resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at, due_at=ticket.due_at, updated_at=ticket.updated_at,
        message_count=ticket.message_count, reply_count=ticket.reply_count,
        reopened_count=ticket.reopened_count,
    )  # fmt: skip


def _opened(change: changes.Opened, about: dict[str, Any]) -> tickets.TicketOpened:
    message = change.message
    return tickets.TicketOpened(
        **about,
        conversation_id=message.conversation_id if message else None,
        message_id=message.id if message else None,
        message_at=message.received_at if message else None,
        text=change.text,
        automatic=message.automatic if message else False,
    )


def _customer_wrote(
    change: changes.CustomerWrote, about: dict[str, Any]
) -> tickets.TicketCustomerWrote:
    message = change.message
    return tickets.TicketCustomerWrote(
        **about, conversation_id=message.conversation_id, message_id=message.id,
        message_at=message.received_at, automatic=message.automatic,
    )  # fmt: skip


def _reopened(change: changes.Reopened, about: dict[str, Any]) -> tickets.TicketReopened:
    return tickets.TicketReopened(
        **about, from_status=change.from_status, to_status=change.ticket.status,
        resolved_at=change.resolved_at, message_id=change.message_id,
    )  # fmt: skip


def _status_changed(
    change: changes.StatusChanged, about: dict[str, Any]
) -> tickets.TicketStatusChanged:
    return tickets.TicketStatusChanged(
        **about, from_status=change.from_status, to_status=change.ticket.status,
        reason=change.reason,
    )  # fmt: skip


def _assigned(change: changes.Assigned, about: dict[str, Any]) -> tickets.TicketAssigned:
    return tickets.TicketAssigned(
        **about, agent_id=change.agent_id, team=change.ticket.team,
        previous_agent_id=change.previous, reason=change.reason,
    )  # fmt: skip


def _unassigned(change: changes.Unassigned, about: dict[str, Any]) -> tickets.TicketUnassigned:
    return tickets.TicketUnassigned(**about, agent_id=change.agent_id, reason=change.reason)


def _replied(change: changes.Replied, about: dict[str, Any]) -> tickets.TicketReplied:
    return tickets.TicketReplied(
        **about, automatic=change.automatic, message_ref=change.request_id,
        conversation_id=change.conversation_id, answers_message_at=change.answers,
    )  # fmt: skip


def _reply_failed(change: changes.ReplyFailed, about: dict[str, Any]) -> tickets.TicketReplyFailed:
    return tickets.TicketReplyFailed(**about, message_ref=change.request_id, reason=change.reason)


def _noted(change: changes.Noted, about: dict[str, Any]) -> tickets.TicketNoted:
    return tickets.TicketNoted(**about, note_id=change.note_id)


_PAYLOADS: Final[
    dict[type[changes.Change], Callable[[Any, dict[str, Any]], tickets.TicketEvent]]
] = {
    changes.Opened: _opened,
    changes.CustomerWrote: _customer_wrote,
    changes.Reopened: _reopened,
    changes.StatusChanged: _status_changed,
    changes.Assigned: _assigned,
    changes.Unassigned: _unassigned,
    changes.Replied: _replied,
    changes.ReplyFailed: _reply_failed,
    changes.Noted: _noted,
}
