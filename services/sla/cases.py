"""`python -m services.sla calendar CASES.jsonl`: checks cases of calendar arithmetic."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.sla.domain.calendar import Calendar, add, between
from services.sla.domain.calendar.document import calendar_of
from shared.tools import CannotDo, ToolCommand


def arguments(parser: argparse.ArgumentParser) -> None:
    """The files of cases."""
    parser.add_argument("cases", nargs="+", type=Path, metavar="CASES.jsonl")


def check(asked: argparse.Namespace) -> int:
    """Prints one JSON line a case (name, got, expected, ok) and a summary; 1 if any is not ok.

    got: what is wrong with the case if it cannot be reckoned; it is not ok then.
    """
    total = right = 0
    for line in _lines(asked.cases):
        checked = _checked(line)
        total, right = total + 1, right + checked["ok"]
        sys.stdout.write(json.dumps(checked, ensure_ascii=False) + "\n")
    sys.stdout.write(json.dumps({"cases": total, "ok": right}) + "\n")
    return 0 if total and right == total else 1


def _checked(line: str) -> dict[str, Any]:
    name = expected = None
    try:
        case = json.loads(line)
        if not isinstance(case, dict):
            raise TypeError("a case is a JSON object")
        name = case.get("name")
        expected = case[_expected(case)]
        got = outcome(case)
    except Exception as error:  # whatever is wrong with a line from outside: the others go on
        got, ok = f"{type(error).__name__}: {error}", False
    else:
        ok = got == expected
    return {"name": name, "got": got, "expected": expected, "ok": ok}


def _expected(case: Mapping[str, Any]) -> str:
    """The name under which a case says what comes out."""
    found = {"add": "end", "delta": "seconds"}.get(str(case["kind"]))
    if found is None:
        raise ValueError("a kind is add or delta")
    return found


def outcome(case: Mapping[str, Any]) -> str | float:
    """The instant (kind add) or the seconds (kind delta) of a case.

    start and end are wall clock in `timezone`, which may differ from the calendar's own. Raises
    whatever the calendar, the zone or the values stumble over.
    """
    calendar, zone = _calendar(case["calendar"]), ZoneInfo(case["timezone"])
    start = _at(case["start"], zone)
    if case["kind"] == "add":
        return _wall(add(calendar, start, round(case["seconds"])), zone)
    return float(between(calendar, start, _at(case["end"], zone)))


def _calendar(given: Mapping[str, Any]) -> Calendar:
    return calendar_of(
        {
            "zone": given["timezone"],
            "hours": given["hours"],
            "dates": [{"date": day} for day in given.get("holidays", ())],
        }
    )


def _at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def _wall(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).replace(tzinfo=None).isoformat()


def _lines(files: list[Path]) -> Iterator[str]:
    """Every line that is not blank."""
    for file in files:
        try:
            text = file.read_text("utf-8-sig")
        except (OSError, ValueError) as error:
            raise CannotDo(f"{file} cannot be read as text: {error}") from None
        yield from (line for line in text.split("\n") if line.strip())


CALENDAR = ToolCommand("calendar", "check cases of calendar arithmetic", arguments, check)
