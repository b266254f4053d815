"""The end of a program's log, as part of one clear line."""

import json
from pathlib import Path

LATEST = 100


def last_words(log: Path, lines: int = 1) -> str:
    """The last lines of a log, and where the rest is.

    Of a service, which logs JSON, the latest error counts more than what it said while it ended.
    """
    written = log.read_text(errors="replace").splitlines()[-LATEST:] if log.exists() else []
    errors = [line for line in written if '"level": "ERROR"' in line]
    chosen = errors[-1:] or written[-lines:] or ["(no output)"]
    return "\n".join(map(_plain, chosen)) + f" [{log}]"


def _plain(line: str) -> str:
    """What a line of JSON says, without its time, names and stack; other lines as they are."""
    try:
        said = json.loads(line)
        details = [str(said[name]) for name in ("error", "reason", "exception") if name in said]
        return ": ".join([said["event"], *(detail.strip().splitlines()[-1] for detail in details)])
    except (ValueError, KeyError, TypeError, IndexError):
        return line
