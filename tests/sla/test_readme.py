"""The README's worked examples, played line by line."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import services.sla
from services.sla.domain.book import Book
from services.sla.domain.clocks import Outcome
from services.sla.domain.history import Facts, Step, What
from services.sla.domain.news import News, Said
from services.sla.domain.policy import Kind, PolicySet, of_minutes
from services.sla.domain.ticket import Ticket
from shared.messaging import new_id

README = (Path(str(services.sla.__file__)).parent / "README.md").read_text()
STEPS = {
    "opened by a customer": What.ASKED,
    "opened by an agent": What.OPENED,
    "answered": What.ANSWERED,
    "solved": What.SOLVED,
    "reopened": What.REOPENED,
    "written to by the customer": What.WROTE,
    **dict.fromkeys(("pending", "open", "assigned", "unassigned"), What.CHANGED),
}
FACTS = {
    "pending": Facts(status="pending"),
    "assigned": Facts(assignee="somebody"),
}
Line = tuple[str, str, str]


def instant(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-23T{clock}:00").replace(tzinfo=UTC)


def examples() -> Iterator[tuple[Kind, int, list[Line]]]:
    section = README.partition("## Worked examples")[2].partition("\n## ")[0]
    for part in section.split("### ")[1:]:
        kind, minutes = re.findall(r"^(\S+): (\d+) minutes", part)[0]
        yield (
            Kind(kind),
            int(minutes),
            re.findall(r"^\| (\d.*?) \| (.*?) ?\| (.*?) ?\|$", part, re.M),
        )


def in_words(news: News) -> str:
    clock = news.clock
    if news.said is Said.STARTED:
        return f"started, due {clock.due_at:%H:%M}"
    if news.said is Said.RESUMED:
        return f"resumed, due {clock.due_at:%H:%M}"
    if news.said is Said.MET:
        assert clock.outcome is Outcome.MET
        late = ", late" if clock.late else ""
        return f"met after {clock.elapsed_seconds // 60} min{late}"
    return news.said


def learn(ticket: Ticket, what: str, sequence: int, book: Book) -> list[News]:
    name, _, at = what.partition(" at ")
    if name not in STEPS:
        return []
    return ticket.take_in(
        [Step(sequence, STEPS[name], instant(at), FACTS.get(name, Facts()))], book, instant(at)
    )


@pytest.mark.parametrize(("kind", "minutes", "lines"), list(examples()))
def test_a_worked_example_is_true(kind: Kind, minutes: int, lines: list[Line]) -> None:
    book = Book([PolicySet(1, None, (of_minutes("Example", {"normal": {kind: minutes}}),))])
    ticket = Ticket("demo", new_id())
    for number, (at, what, announced) in enumerate(lines, start=1):
        news = [
            entry
            for clock in list(ticket.clocks.values())
            for entry in ticket.pass_time(clock, instant(at))
        ]
        news += learn(ticket, what, number, book)
        assert "; ".join(map(in_words, news)) == announced, at


def test_every_kind_of_clock_has_a_worked_example() -> None:
    assert {kind for kind, _, _ in examples()} == set(Kind)
