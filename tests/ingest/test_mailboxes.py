"""Address headers as senders write them: who is meant, and where to answer."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.headers import Person, people
from services.ingest.domain.mail import parse

KIM = "kim@x.example"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"Lee, Kim <{KIM}>", "Lee, Kim"),
        (f"=?utf-8?Q?M=C3=BCller?=, =?utf-8?Q?J=C3=B6rg?= <{KIM}>", "Müller, Jörg"),
        (f"Dr. Kim Lee, PhD <{KIM}>", "Dr. Kim Lee, PhD"),
        (f"ACME Inc., Support <{KIM}>", "ACME Inc., Support"),
        (f"[Ticket] Kim <{KIM}>", "[Ticket] Kim"),
        (f"Kim <<{KIM}>>", "Kim"),
        (f"Kim <mailto:{KIM}>", "Kim"),
        (f"Kim < {KIM} >", "Kim"),
        (f"Kim <{KIM}", "Kim"),
        (f"Kim <{KIM}>;", "Kim"),
        (f"'{KIM}' <{KIM}>", KIM),
        (f"'Kim' <'{KIM}'>", "Kim"),
        (f"'{KIM}'", None),
        (f"kim@fake.example <{KIM}>", "kim@fake.example"),
        (f"kim@fake.example via List <{KIM}>", "kim@fake.example via List"),
        (f"agent@acme.example (Agent) <{KIM}>", "agent@acme.example (Agent)"),
        (f'"kim@fake.example" <{KIM}>', "kim@fake.example"),
        (f'"<kim@fake.example>" <{KIM}>', "<kim@fake.example>"),
        (f'"Lee, \\"K\\" Kim" <{KIM}>', 'Lee, "K" Kim'),
        (f'"Kim <{KIM}>', "Kim"),
        (f"Kim (ACME (UK)) <{KIM}>", "Kim (ACME (UK))"),
        (f"Kim (ACME <{KIM}>", "Kim (ACME"),
        (f"<{KIM}> (Kim)", "Kim"),
        (f"(Kim) <{KIM}>", "Kim"),
        (f"<@a.example,@b.example:{KIM}>", None),
        (f"Kim <kim@fake.example> <{KIM}>", "Kim"),
        (f"O'Neill, Kim <{KIM}>", "O'Neill, Kim"),
    ],
)
def test_what_stands_before_an_address_in_angle_brackets_is_its_name(
    line: str, name: str | None
) -> None:
    assert people([line]) == (Person(name, KIM),)


@pytest.mark.parametrize(
    ("line", "addresses"),
    [
        ("a@x.example, b@x.example", ["a@x.example", "b@x.example"]),
        ('"A, B" <a@x.example>, c@y.example', ["a@x.example", "c@y.example"]),
        ("a@x.example, B <b@y.example>", ["a@x.example", "b@y.example"]),
        ("a@x.example (Ann), Lee, Kim <b@y.example>, Doe, Jane <c@z.example>",
         ["a@x.example", "b@y.example", "c@z.example"]),
        ('"a b"@x.example, B <b@y.example>', ['"ab"@x.example', "b@y.example"]),
        ("<a@x.example> <b@y.example>", ["a@x.example", "b@y.example"]),
        ("A <a@x.example>; B <b@y.example>", ["a@x.example", "b@y.example"]),
        ("Team: a@x.example, B <b@y.example>;, c@z.example",
         ["a@x.example", "b@y.example", "c@z.example"]),
        ("Team: A <a@x.example>, b@y.example;", ["a@x.example", "b@y.example"]),
        ("undisclosed-recipients:;", []),
        ("kim@@x.example", ["kim@@x.example"]),
    ],
)  # fmt: skip
def test_each_address_of_a_list_stays_one(line: str, addresses: list[str]) -> None:
    assert [person.address for person in people([line])] == addresses


def test_a_group_is_no_part_of_a_name() -> None:
    assert people(["Team: Ann <a@x.example>, Lee, Kim <b@x.example>;"]) == (
        Person("Ann", "a@x.example"),
        Person("Lee, Kim", "b@x.example"),
    )


def test_who_can_be_answered_is_the_sender() -> None:
    mail = parse(b"From: Kim\nFrom: Lee <lee@x.example>\nSubject: hi\n\nhello\n")
    assert mail.sender == Person("Lee", "lee@x.example")


@given(st.text(alphabet="ab@<>(),;:\"\\ '", max_size=60))
def test_any_line_gives_people_with_a_name_or_an_address(line: str) -> None:
    assert all(person.name or person.address for person in people([line]))


@pytest.mark.parametrize(
    "piece", ["<", '"', '"\\', "(", "(()", "a@b,", "<a@b>", '<"', "<a@b>(", ":"]
)
def test_a_line_made_to_keep_us_busy_does_not(piece: str) -> None:
    begun = time.perf_counter()
    people([piece * 10_000 + " <a@x.example>"])
    assert time.perf_counter() - begun < 1


def test_a_route_or_scheme_counts_only_before_the_address() -> None:
    assert people(["Kim <kim@[IPv6:2001:db8::1]>"])[0].address == "kim@[IPv6:2001:db8::1]"


def test_a_long_line_without_an_address_takes_time_in_proportion_to_its_length() -> None:
    began = time.process_time()
    people(["a" * 20_000] * 50)
    assert time.process_time() - began < 2
