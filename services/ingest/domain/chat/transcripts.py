"""A chat as the mail that a visitor asked for."""

from collections.abc import Iterable
from datetime import datetime

from services.ingest.domain.chat.sessions import Entry
from services.ingest.domain.messages import LONGEST_TEXT


def transcript(account: str, entries: Iterable[Entry]) -> str:
    """Plain text, a line for each thing said, times in UTC; at most 64 KiB, its end cut off."""
    lines = [f"Your conversation with {account}, times in UTC.", ""]
    lines += [line for entry in entries if (line := _line(account, entry))]
    return "\n".join(lines).encode()[:LONGEST_TEXT].decode(errors="ignore")


def _line(account: str, entry: Entry) -> str | None:
    files = "".join(f" [{file.name}]" for file in entry.files)
    said = f"{entry.text}{files}"
    match entry.kind:
        case "message":
            return f"{_time(entry.at)} {entry.author or 'You'}: {said}"
        case "reply" | "bot" | "notice":
            return f"{_time(entry.at)} {entry.author or account}: {said}"
        case "joined":
            return f"{_time(entry.at)} {entry.author or 'Somebody'} joined."
        case "left":
            return f"{_time(entry.at)} {entry.author or 'Somebody'} left."
    return None


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
