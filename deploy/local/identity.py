"""Which process a pid means: a pid alone may have been given to somebody else since."""

import subprocess
import sys
from pathlib import Path


def birth(pid: int) -> str | None:
    """When `pid` was started, as an opaque text; None when it is gone, or a zombie."""
    if sys.platform == "linux":
        return _birth_on_linux(pid)
    return _birth_by_ps(pid)


def _birth_on_linux(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name, in parentheses, may itself hold spaces and parentheses.
    fields = stat[stat.rindex(")") + 2 :].split()
    state, started = fields[0], fields[19]
    return None if state in "ZX" else started


def _birth_by_ps(pid: int) -> str | None:
    asked = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split(None, 1)
    return None if len(found) < 2 or found[0].startswith("Z") else found[1].strip()
