"""`python -m services.sla calendar CASES.jsonl`: checks cases of calendar arithmetic."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.sla.domain.calendar import Calendar, NeverOpen, add, between
from services.sla.domain.calendar.document import BadCalendar, calendar_of
from shared.tools import CannotDo, ToolCommand


def arguments(parser: argparse.ArgumentParser) -> None:
    """The files of cases."""
    parser.add_argument("cases", nargs="+", type=Path, metavar="CASES.jsonl")


def check(asked: argparse.Namespace) -> int:
    """Prints one JSON line a case (name, got, expected, ok) and a summary; 1 if any is not ok."""
    total = right = 0
    for case in _read(asked.cases):
        expected = case["end"] if case["kind"] == "add" else case["seconds"]
        got = outcome(case)
        ok = got == expected
        total, right = total + 1, right + ok
        line = {"name": case.get("name"), "got": got, "expected": expected, "ok": ok}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.write(json.dumps({"cases": total, "ok": right}) + "\n")
    return 0 if total and right == total else 1


def outcome(case: Mapping[str, Any]) -> str | float:
    """The instant (kind add) or the seconds (kind delta) of a case, or what is wrong with it.

    start and end are wall clock in `timezone`, which may differ from the calendar's own.
    """
    try:
        calendar, zone = _calendar(case["calendar"]), ZoneInfo(case["timezone"])
        start = _at(case["start"], zone)
        if case["kind"] == "add":
            return _wall(add(calendar, start, round(case["seconds"])), zone)
        return float(between(calendar, start, _at(case["end"], zone)))
    except (BadCalendar, NeverOpen, KeyError, ValueError, OSError) as error:
        return f"{type(error).__name__}: {error}"


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


def _read(files: list[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        try:
            lines = file.read_text("utf-8").splitlines()
            yield from (json.loads(line) for line in lines if line.strip())
        except (OSError, ValueError) as error:
            raise CannotDo(f"{file} cannot be read as JSON lines: {error}") from None


CALENDAR = ToolCommand("calendar", "check cases of calendar arithmetic", arguments, check)
