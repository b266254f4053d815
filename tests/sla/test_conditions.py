"""Conditions of policies: which are refused, where they are wrong, and what they may take."""

import time

import httpx
import pytest

from services.sla.domain.conditions import BadCondition, check
from services.sla.domain.cost import MOST_STEPS, steps
from services.sla.domain.policy import Kind, Policy, PolicySet, choose
from services.sla.repository.policies import Policies
from services.sla.usecases.save_policy import MOST_STEPS_OF_ALL
from shared.service import Scope, Service, create_app
from shared.testing.access import Access

NESTED = (
    "ticket.tags.all(a, ticket.tags.all(b, ticket.tags.all(c, ticket.tags.all(d, true))))"
)  # fmt: skip
TOO_LONG = [
    (NESTED, "line 1, column 32: all lies inside another"),
    ("ticket.tags\n .exists(a,\n [1] . map (b, b) == [1])", "line 3, column 8: map lies inside"),
    ('ticket.tags.filter(a, ["x"].exists_one(b, b == a)) == []', "exists_one lies inside another"),
    ('"a)".size() == 2 && ["a"]' + ".map(a, a + a)" * 12 + " == []", "steps a ticket"),
    (" + ".join(["ticket.tags"] * 100) + " == []", "steps a ticket"),
    ('ticket["ta" + "gs"].all(a, ' + " && ".join(["a in ticket.tags"] * 50) + ")", "steps"),
    ("[" + ", ".join("1" * 400) + "].all(a, " + " || ".join(["a == 1"] * 40) + ")", "steps"),
    (r'ticket.tags.all(t, t.matches("\\w"))', "steps a ticket"),
    (r"ticket.team.matches(r'(\w{9}){9}')", "steps a ticket"),
    ('ticket.team.matches("(a{1000}){100}")', "steps a ticket"),
    (r'ticket.team.matches("\x5cw{100}")', "column 21: a pattern has no characters"),
    ('ticket.team.matches("a" + "b")', "column 21: matches takes one pattern"),
    ("true || " * 260 + "true", "line 1, column 2001: it is longer than 2000 characters"),
]


@pytest.mark.parametrize(("condition", "words"), TOO_LONG)
def test_a_condition_that_takes_too_long_is_refused(condition: str, words: str) -> None:
    begun = time.process_time()
    with pytest.raises(BadCondition, match=r"steps|inside|pattern|longer") as refused:
        check(condition)
    assert words in str(refused.value)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    "condition",
    [
        'ticket.tags.exists(t, t.startsWith("vip")) && customer.plan == "gold"',
        'ticket.tags.filter(t, t != "a").all(t, t in ["b", "c"]) || ticket.team == "x"',
        " || ".join(f'ticket.tags.exists(t, t == "{n}")' for n in range(20)),
        'ticket.tags.map(t, t + "s").exists(t, t == "bills") || ticket.tier == "L1"',
        "ticket.category in [" + ", ".join(f'"c{n}"' for n in range(200)) + "]",
        r'ticket.team.matches("^(eu|us)-\\d+$") // by region',
        " && ".join(['ticket.team != "x"'] * 85),
    ],
)
def test_a_condition_of_the_usual_kind_is_far_from_the_limit(condition: str) -> None:
    assert check(condition) <= MOST_STEPS == 20_000


def test_a_nested_condition_that_was_saved_before_does_not_hold() -> None:
    facts = {"ticket": {"tags": [f"t{n}" for n in range(100)]}, "customer": {}, "channel": {}}
    saved = Policy("slow", "Slow", condition=NESTED)
    rest = Policy("rest", "Rest", targets={"normal": {Kind.RESOLUTION: 60}})
    begun = time.process_time()
    assert choose(PolicySet(1, None, (saved, rest)), facts) is rest
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ('true &&\n 1 + "a" == 2', ""),
        ("1", ""),
        ("true &&\n ticket.foo == 1", "line 2, column 9: "),
    ],
)
def test_a_place_is_told_only_where_it_is_known(condition: str, place: str) -> None:
    with pytest.raises(BadCondition) as refused:
        check(condition)
    assert str(refused.value) == place + refused.value.reason


async def test_the_conditions_of_a_set_are_limited_together_and_a_costly_one_is_named(
    service: Service, access: Access
) -> None:
    await access.know(service.database, "demo")
    scopes: tuple[Scope, Scope] = ("policies:read", "policies:write")
    costly = " || ".join(f'ticket.tags.exists(t, t == "{n}")' for n in range(25))
    many = [
        {"id": f"p{number}", "name": "P", "condition": costly}
        for number in range(MOST_STEPS_OF_ALL // steps(costly) + 1)
    ]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(service)), base_url="http://sla",
        headers=access.service("demo", *scopes),
    ) as client:  # fmt: skip
        refused = await client.put("/v1/policies/draft", json={"policies": many})
        assert refused.status_code == 422
        [error] = refused.json()["errors"]
        assert error["pointer"] == f"#/policies/{len(many) - 1}/condition"
        fits = await client.put("/v1/policies/draft", json={"policies": many[:-1]})
        assert (fits.status_code, fits.json()["not_asked"]) == (200, [])
        async with service.unit.begin() as (session, _outbox, now):
            old = PolicySet(1, now, (Policy("slow", "Slow", condition=NESTED),))
            await Policies.add(session, "demo", old)
        [named] = (await client.get("/v1/policies")).json()["not_asked"]
        assert (named["policy"], "inside another" in named["reason"]) == ("slow", True)
