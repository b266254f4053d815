"""Prints the part of requirements.lock that one service needs: `python select_lock.py router`.

It reads requirements.lock and packages.json (beside it in the image's build) and needs nothing but
the standard library. Versions and hashes stay those of the lock.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path


def select(lock: str, wanted: set[str]) -> str:
    """The entries of a lock file whose package is wanted; ValueError for one that is not there."""
    chosen = {name: entry for name, entry in _entries(lock) if name in wanted}
    if missing := wanted - chosen.keys():
        raise ValueError(f"not in requirements.lock: {', '.join(sorted(missing))}")
    return "".join(chosen.values())


def _entries(lock: str) -> Iterator[tuple[str, str]]:
    """Each package's name and its lines: one that begins with the name, then indented ones."""
    for entry in re.findall(r"^[A-Za-z0-9].*\n(?:[ \t]+.*\n?)*", lock, flags=re.MULTILINE):
        yield re.split(r"[^A-Za-z0-9._-]", entry, maxsplit=1)[0].lower(), entry


if __name__ == "__main__":
    packages = json.loads(Path("packages.json").read_text())
    service = "".join(sys.argv[1:])
    if service not in packages:
        sys.exit(f"give the build argument SERVICE: one of {', '.join(packages)}")
    sys.stdout.write(select(Path("requirements.lock").read_text(), set(packages[service])))
