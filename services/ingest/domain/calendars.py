"""An invitation (RFC 5545) in words, for a mail that says nothing else."""

import re
from typing import Final

_FOLD: Final = re.compile(r"\r?\n[ \t]")
_LINE: Final = re.compile(r"(?m)^([A-Z-]+)(?:;[^:\r\n]*)?:([^\r\n]*)")
_ESCAPED: Final = re.compile(r"\\([\\;,nN])")
_SHOWN: Final = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "DESCRIPTION")
_TIME: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z?))?")
_LONGEST: Final = 100_000


def summary(calendar: str) -> str:
    """Title, times, place and description of the first event, one a line; "" where there is none.

    Times are as they stand in the calendar; UTC where that says so.
    """
    lines = _FOLD.sub("", calendar[:_LONGEST])
    _, _, event = lines.partition("BEGIN:VEVENT")
    event, _, _ = (event or lines).partition("END:VEVENT")
    found: dict[str, str] = {}
    for name, value in _LINE.findall(event):
        found.setdefault(name, value)
    said = {name: _words(name, found[name]) for name in _SHOWN if found.get(name, "").strip()}
    times = " – ".join(said.pop(name) for name in ("DTSTART", "DTEND") if name in said)
    parts = (said.get("SUMMARY"), times, said.get("LOCATION"), said.get("DESCRIPTION"))
    return "\n".join(part for part in parts if part)


def _words(name: str, value: str) -> str:
    if name.startswith("DT") and (time := _TIME.fullmatch(value.strip())):
        day = f"{time[1]}-{time[2]}-{time[3]}"
        return f"{day} {time[4]}:{time[5]}{' UTC' if time[6] else ''}" if time[4] else day
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
