"""Who gets which ticket, and why, without any database."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.domain.agents import Agent
from services.router.domain.floor import Floor
from tests.router.tickets import NOW, ticket

CHANNELS = ["email", "chat"]


def agent(number: int, **fields: object) -> Agent:
    values = {
        "tenant": "demo", "id": UUID(int=number), "name": f"Agent {number}",
        "teams": frozenset({"support"}), "capacity": {}, "load": {}, "available": True,
    }  # fmt: skip
    return Agent(**(values | fields))


def floor(*agents: Agent) -> Floor:
    return Floor({one.id: one for one in agents}, {("demo", "support"): "Support"})


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
