"""The rules of tickets and of who gets them, without any database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.domain import lifecycle
from services.router.domain.acknowledgement import acknowledgement, readable
from services.router.domain.agents import Agent
from services.router.domain.changes import Change, CustomerWrote, Reopened, StatusChanged
from services.router.domain.floor import Floor
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
    blank,
    rank,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
AGENT = Actor("agent", UUID(int=1))
STATUSES = ["new", "open", "pending", "on-hold", "solved", "closed"]
CHANNELS = ["email", "chat"]


def ticket(number: int = 1, **fields: object) -> Ticket:
    made = blank(
        tenant="demo", id=UUID(int=number), conversation_id=UUID(int=1000 + number),
        channel="email", subject="Hello", customer=Customer("Ana", "ana@customer.example"),
        team="support", opened_at=NOW, now=NOW,
    )  # fmt: skip
    for name, value in {"number": number, **fields}.items():
        setattr(made, name, value)
    return made


def message(minute: int = 0, automatic: bool = False) -> Message:
    return Message(
        id=UUID(int=minute), conversation_id=UUID(int=1001), channel="email", account="mail",
        sender=Customer("Ana", None), subject=None, text="Hello?", automatic=automatic,
        received_at=NOW + timedelta(minutes=minute), language=None,
    )  # fmt: skip


def agent(number: int, **fields: object) -> Agent:
    values = {
        "tenant": "demo", "id": UUID(int=number), "name": f"Agent {number}",
        "teams": frozenset({"support"}), "capacity": {}, "load": {}, "available": True,
    }  # fmt: skip
    return Agent(**(values | fields))


def floor(*agents: Agent) -> Floor:
    return Floor({one.id: one for one in agents}, {("demo", "support"): "Support"})


# The status machine


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


# Who gets it


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from(["total", *CHANNELS]), st.integers(0, 4)),
            st.booleans(),
            st.sampled_from([("a",), ("b",), ("a", "b")]),
        ),
        max_size=6,
    ),
    st.lists(st.tuples(st.sampled_from(CHANNELS), st.sampled_from("ab")), max_size=20),
)
def test_nobody_is_overloaded_and_nobody_waits_beside_a_free_agent(
    people: list[tuple[dict[str, int], bool, tuple[str, ...]]], wanted: list[tuple[str, str]]
) -> None:
    agents = [
        agent(number, capacity=capacity, available=available, teams=frozenset(teams))
        for number, (capacity, available, teams) in enumerate(people, 1)
    ]
    waiting = [
        ticket(number, channel=channel, team=team)
        for number, (channel, team) in enumerate(wanted, 1)
    ]
    made = floor(*agents)
    given_out = made.hand_out(waiting, NOW)
    assert len(given_out) == sum(one.assignee is not None for one in waiting)
    assert sum(one.total for one in agents) == len(given_out)
    for one in agents:
        for kind, limit in one.capacity.items():
            assert (one.total if kind == "total" else one.load.get(kind, 0)) <= limit
        assert one.available or not one.total
    for one in waiting:
        assert (one.queue == one.team) == (one.assignee is None)
        if one.assignee is None:
            team = [who for who in agents if one.team in who.teams]
            assert not any(who.may_take(one.channel) for who in team)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=5), st.integers(1, 20))
def test_each_ticket_goes_to_one_of_the_least_loaded(loads: list[int], tickets: int) -> None:
    agents = [agent(n, load={"chat": load} if load else {}) for n, load in enumerate(loads, 1)]
    made = floor(*agents)
    for number in range(tickets):
        least = min(one.total for one in agents)
        (assigned,) = made.hand_out([ticket(number + 1)], NOW)
        assert made.agents[assigned.agent_id].total == least + 1


def test_of_the_equally_loaded_the_longest_idle_gets_it_then_the_lowest_id() -> None:
    idle = [agent(n, last_given_at=NOW - timedelta(minutes=n % 3)) for n in (1, 2, 3, 4)]
    never = agent(9)
    order = [one.agent_id.int for one in floor(*idle, never).hand_out(map(ticket, range(5)), NOW)]
    assert order == [9, 2, 1, 4, 3]


def test_the_reason_says_why_in_words() -> None:
    busy = agent(2, capacity={"total": 5}, load={"chat": 3, "email": 1})
    away = agent(3, available=False)
    free = agent(1, capacity={"total": 5}, load={"email": 2})
    (assigned,) = floor(busy, away, free).hand_out([ticket()], NOW)
    assert assigned.reason == "least loaded of 2 available in Support: 2 of 5 open tickets"
    chatting = agent(1, capacity={"email": 3}, load={"email": 1, "chat": 7})
    (assigned,) = floor(chatting).hand_out([ticket()], NOW)
    assert assigned.reason.endswith(": 1 of 3 open email tickets")
    (assigned,) = floor(agent(1)).hand_out([ticket()], NOW)
    assert assigned.reason.endswith(": 0 open tickets")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (90, "1 minute"), (7300, "2 hours"), (90_000, "1 day")],
)
def test_the_reason_says_how_long_a_ticket_waited(seconds: int, words: str) -> None:
    one = ticket(queue="support", waiting_since=NOW)
    (assigned,) = floor(agent(1)).hand_out([one], NOW + timedelta(seconds=seconds))
    expected = f"first with room in Support after {words} in the queue: 0 open tickets"
    assert assigned.reason == expected
    assert (one.queue, one.waiting_since) == (None, None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"available": False}, "Agent 1 is not available"),
        ({"offboarded": True}, "Agent 1 has left"),
        ({"capacity": {"total": 1}, "load": {"chat": 1}},
         "Agent 1 has no room: 1 of 1 open tickets"),
    ],
)  # fmt: skip
def test_a_reopened_ticket_that_cannot_go_back_says_why(
    fields: dict[str, object], reason: str
) -> None:
    one = ticket(status="open", assignee=UUID(int=1))
    change = floor(agent(1, **fields)).give_back(one, NOW)
    assert (change.reason, one.assignee) == (reason, None)


def test_an_agent_cannot_release_what_they_do_not_have() -> None:
    with pytest.raises(ValueError, match="no email ticket"):
        agent(1, load={"chat": 1}).release("email")


# Where it goes, and what the customer is told


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
