"""`python -m services.sla calendar`: a line for each case, whatever the case is."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from services.sla.cases import check

OFFICE = {"timezone": "UTC", "hours": {"mon": [["09:00", "17:00"]]}, "holidays": []}
GOOD: dict[str, Any] = {
    "name": "good", "calendar": OFFICE, "timezone": "UTC", "kind": "add", "seconds": 3600.0,
    "start": "2026-01-05T09:00:00", "end": "2026-01-05T10:00:00",
}  # fmt: skip


def printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *lines: str
) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and every line that was printed."""
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(lines), "utf-8")
    code = check(argparse.Namespace(cases=[file]))
    out = capsys.readouterr().out
    return code, [json.loads(line) for line in out.split("\n") if line]


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


@pytest.mark.parametrize(
    "line",
    [
        *(json.dumps({**GOOD, "seconds": value}) for value in ("abc", None, float("inf"), -1)),
        json.dumps({**GOOD, "start": "0001-01-01T00:00:00", "timezone": "Asia/Tokyo"}),
        json.dumps({**GOOD, "start": "9999-12-31T23:00:00", "timezone": "America/New_York"}),
        json.dumps({**GOOD, "start": 5}),
        json.dumps({**GOOD, "timezone": 5}),
        json.dumps({**GOOD, "calendar": None}),
        json.dumps({**GOOD, "calendar": {**OFFICE, "holidays": None}}),
        json.dumps({**GOOD, "calendar": {**OFFICE, "hours": ["mon"]}}),
        json.dumps({**GOOD, "kind": "sub"}),
        *(json.dumps(without(name)) for name in ("end", "kind", "start", "calendar")),
        json.dumps({**without("seconds"), "kind": "delta"}),
        "[1, 2]", "5", "null", "no JSON", "[" * 100_000,
    ],
)  # fmt: skip
def test_an_absurd_case_has_its_line_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    code, [bad, good, total] = printed(tmp_path, capsys, line, "", json.dumps(GOOD))
    assert (bad["ok"], set(bad)) == (False, {"name", "got", "expected", "ok"})
    assert ": " in bad["got"]
    assert (good["got"], good["ok"]) == (GOOD["end"], True)
    assert (code, total) == (1, {"cases": 2, "ok": 1})


def test_blank_lines_are_no_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoken = json.dumps({**GOOD, "name": "\u2028 a"}, ensure_ascii=False)
    code, lines = printed(tmp_path, capsys, "\ufeff" + spoken, "  ", "")
    assert (code, lines[-1]) == (0, {"cases": 1, "ok": 1})
