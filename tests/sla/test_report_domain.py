"""How the report counts: the README's example, and days as months."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import services.sla
from services.sla.domain.book import Book
from services.sla.domain.closing import closed
from services.sla.domain.compliance import in_months, percent
from services.sla.domain.fold import fold
from services.sla.domain.history import Facts, Step, What
from services.sla.domain.policy import Kind, PolicySet, of_minutes
from services.sla.domain.ticket import Ticket
from shared.messaging import new_id

FIRST = Kind.FIRST_RESPONSE


def test_the_example_in_the_readme_is_true() -> None:
    readme = (Path(str(services.sla.__file__)).parent / "README.md").read_text()
    section = readme.partition("## Report")[2].partition("\n## ")[0]
    book = Book((PolicySet(1, None, (of_minutes("Example", {"normal": {FIRST: 60}}),)),))
    what = {"answered": What.ANSWERED, "solved": What.SOLVED}
    counts: Counter[str] = Counter()
    rows = re.findall(r"^\| [A-Z] \| (\w+) at (\d\d):(\d\d) \| (\S+) \|$", section, re.M)
    for name, hour, minute, expected in rows:
        at = datetime(2026, 11, 23, int(hour), int(minute), tzinfo=UTC)
        ticket = Ticket("demo", new_id())
        ticket.take_in([Step(1, What.ASKED, at.replace(hour=9, minute=0))], book, at)
        for clock in list(ticket.clocks.values()):
            ticket.pass_time(clock, at)
        if name in what:
            ticket.take_in([Step(2, what[name], at)], book, at)
        found = closed(ticket.clocks[FIRST, 1])
        shown = "–" if found is None else "breached" if found.breached else "met"
        assert shown == expected, name
        counts[shown] += 1
    share = percent(counts["met"], counts["breached"])
    assert len(rows) == 6
    line = f"met {counts['met']}, breached {counts['breached']}: compliance {share} %."
    assert line in section


@given(st.dates(date(2023, 1, 1), date(2027, 12, 31)), st.integers(0, 800))
def test_months_and_the_days_around_them_are_every_day_once(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = in_months(first, last)
    days = [
        begun + timedelta(days=number)
        for begun, ended in (found.before, found.months, found.after)
        for number in range((ended - begun).days + 1)
    ]
    assert days == [first + timedelta(days=number) for number in range(length + 1)]
    begun, ended = found.months
    assert begun > ended or (begun.day, (ended + timedelta(days=1)).day) == (1, 1)


def test_many_short_stretches_lose_no_second_of_where_the_time_went() -> None:
    book = Book((PolicySet(1, None, (of_minutes("Example", {"normal": {FIRST: 60}}),)),))
    nine = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    changes = [
        Step(number, What.CHANGED,
             nine + timedelta(minutes=number, microseconds=number * 313_337 % 1_000_000),
             Facts(tags=(str(number),), team="billing", assignee="somebody"))
        for number in range(2, 80)
    ]  # fmt: skip
    theirs = Facts(team="billing", assignee="somebody")
    opened, answered = nine, nine + timedelta(hours=2)
    steps = [Step(1, What.ASKED, opened, theirs), *changes, Step(99, What.ANSWERED, answered)]
    report = closed(fold(steps, book)[FIRST, 1])
    assert report is not None
    assert report.places == {"waiting for billing": 7200}
