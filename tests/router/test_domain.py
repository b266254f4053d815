"""The life of a ticket, and what its customer is told, without any database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.domain import lifecycle
from services.router.domain.acknowledgement import acknowledgement, readable
from services.router.domain.changes import Change, CustomerWrote, Reopened, StatusChanged
from services.router.domain.lifecycle import MOVES, ClosedTicket, ForbiddenMove
from services.router.domain.routing import Claim, Routing
from services.router.domain.tickets import (
    ACTIVE,
    CUSTOMER,
    SYSTEM,
    Actor,
    Customer,
    Message,
    Ticket,
    rank,
)
from tests.router.tickets import NOW, ticket

AGENT = Actor("agent", UUID(int=1))
STATUSES = ["new", "open", "pending", "on-hold", "solved", "closed"]


def message(minute: int = 0, automatic: bool = False) -> Message:
    return Message(
        id=UUID(int=minute), conversation_id=UUID(int=1001), channel="email", account="mail",
        sender=Customer("Ana", None), subject=None, text="Hello?", automatic=automatic,
        received_at=NOW + timedelta(minutes=minute), language=None,
    )  # fmt: skip


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("by", [AGENT, SYSTEM, CUSTOMER])
def test_a_status_changes_only_as_the_machine_says(before: str, after: str, by: Actor) -> None:
    one = ticket(status=before)
    allowed = after in MOVES[by.kind].get(before, ())
    if before == after:
        assert lifecycle.move(one, after, by, NOW) == []
    elif allowed:
        (change,) = lifecycle.move(one, after, by, NOW)
        assert (one.status, one.version) == (after, 2)
        assert isinstance(change, Reopened if before == "solved" == "open" else Change)
    else:
        with pytest.raises(ForbiddenMove):
            lifecycle.move(one, after, by, NOW)
        assert (one.status, one.version) == (before, 1)


def test_nothing_leads_back_to_new_and_nothing_out_of_closed() -> None:
    steps = [step for moves in MOVES.values() for step in moves.items()]
    assert all("new" not in after for _, after in steps)
    assert all(not after for before, after in steps if before == "closed")


def test_an_agent_who_opens_a_solved_ticket_reopens_it() -> None:
    one = ticket(status="solved", resolved_at=NOW)
    (reopened,) = lifecycle.move(one, "open", AGENT, NOW)
    assert isinstance(reopened, Reopened)
    assert (reopened.resolved_at, one.resolved_at, one.reopened_count) == (NOW, None, 1)


@pytest.mark.parametrize(
    ("status", "woken"),
    [("new", None), ("open", None), ("pending", StatusChanged), ("on-hold", StatusChanged),
     ("solved", Reopened)],
)  # fmt: skip
def test_a_customers_message_wakes_what_waits(status: str, woken: type[Change] | None) -> None:
    one = ticket(status=status)
    changes = lifecycle.receive(one, message(), NOW)
    expected = [woken, CustomerWrote] if woken else [CustomerWrote]
    assert [type(change) for change in changes] == expected
    assert one.status == ("new" if status == "new" else "open")


@pytest.mark.parametrize("status", STATUSES)
def test_a_robots_message_wakes_nothing(status: str) -> None:
    one = ticket(status=status)
    (wrote,) = lifecycle.receive(one, message(automatic=True), NOW)
    assert isinstance(wrote, CustomerWrote)
    assert (one.status, one.message_count, one.last_customer_message_at) == (status, 1, None)


def test_an_answer_says_how_long_the_oldest_question_waited() -> None:
    one = ticket()
    lifecycle.opened_by(one, message(0))
    lifecycle.receive(one, message(5), NOW)
    (first, opened) = lifecycle.reply(one, UUID(int=9), AGENT, NOW)
    assert first.answers == NOW
    assert opened.from_status == "new"
    (second,) = lifecycle.reply(one, UUID(int=10), AGENT, NOW)
    assert second.answers is None
    assert (one.reply_count, one.first_replied_at) == (2, NOW)


def test_an_acknowledgement_answers_nothing() -> None:
    one = ticket()
    lifecycle.opened_by(one, message(0))
    told = lifecycle.acknowledge(one, UUID(int=9), NOW)
    assert told.automatic
    assert (one.first_replied_at, one.reply_count, one.unanswered_since) == (None, 0, NOW)


def test_a_closed_ticket_takes_no_answer() -> None:
    one = ticket(status="closed")
    with pytest.raises(ClosedTicket):
        lifecycle.reply(one, UUID(int=9), AGENT, NOW)
    assert one == ticket(status="closed")


_steps = st.sampled_from(
    ["write", "robot", "reply", "solve", "close", "open", "pending", "hold", "note", "tell",
     "assign", "unassign"]
)  # fmt: skip


def _step(one: Ticket, name: str, now: datetime) -> list[Change]:
    to = {"solve": "solved", "close": "closed", "hold": "on-hold"}.get(name, name)
    try:
        match name:
            case "write" | "robot":
                return lifecycle.receive(one, message(automatic=name == "robot"), now)
            case "reply":
                return lifecycle.reply(one, UUID(int=9), AGENT, now)
            case "note":
                return [lifecycle.note(one, UUID(int=8), AGENT, now)]
            case "tell":
                return [lifecycle.acknowledge(one, UUID(int=7), now)]
            case "assign":
                return [lifecycle.assign(one, UUID(int=1), "because", now)]
            case "unassign":
                return [lifecycle.unassign(one, "because", now)] if one.assignee else []
            case _:
                return lifecycle.move(one, to, AGENT, now)
    except (ForbiddenMove, ClosedTicket):
        return []


@given(st.lists(_steps, max_size=30))
def test_whatever_happens_each_change_has_a_version_and_the_ticket_as_it_was(
    names: list[str],
) -> None:
    one, changes = ticket(), []
    for minute, name in enumerate(names):
        before = one.copy()
        made = _step(one, name, NOW + timedelta(minutes=minute))
        assert made or one == before
        changes += made
    assert [change.ticket.version for change in changes] == list(range(2, len(changes) + 2))
    if changes:
        assert changes[-1].ticket == one
    assert (one.resolved_at is not None) == (one.status in {"solved", "closed"})
    assert (one.closed_at is not None) == (one.status == "closed")
    assert one.holder == (one.assignee if one.status in ACTIVE else None)


def test_an_unknown_priority_counts_as_normal() -> None:
    assert [rank(name) for name in ("urgent", "high", "normal", "low", "odd")] == [0, 1, 2, 3, 2]


def test_the_account_decides_before_the_channel_and_the_channel_before_the_default() -> None:
    routing = Routing(
        "support", [Claim("a", "email", None), Claim("b", "email", "shop"), Claim("c", "chat", "x")]
    )
    assert routing.team_for("email", "shop") == "b"
    assert routing.team_for("email", "other") == routing.team_for("email", None) == "a"
    assert routing.team_for("chat", "other") == "support"
    assert Routing().team_for("chat", "x") is None


def test_a_promised_time_is_readable_and_never_later_than_it_is() -> None:
    moment = datetime(2026, 11, 2, 23, 30, 59, tzinfo=UTC)
    assert readable(moment, "Europe/Berlin") == "3 November 2026, 00:30 (Europe/Berlin)"
    assert readable(moment, "Mars/Olympus") == "2 November 2026, 23:30 (UTC)"
    assert readable(moment, "../etc/passwd") == "2 November 2026, 23:30 (UTC)"


def test_an_acknowledgement_names_a_time_only_where_one_is_promised() -> None:
    told = acknowledgement(12, "Demo GmbH", NOW, "Europe/Berlin")
    assert "number 12." in told
    assert "by 2 November 2026, 10:00 (Europe/Berlin)." in told
    assert "answer" not in acknowledgement(12, "Demo GmbH", None, "UTC")
