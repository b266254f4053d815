"""CPU seconds and memory of processes and their children, from /proc."""

import os
from collections import defaultdict
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its living and reaped children, seconds."""
    total = 0.0
    for one in [pid, *_descendants(pid)]:
        fields = _stat(one)
        if fields:
            total += sum(int(fields[number]) for number in (11, 12, 13, 14)) / _TICK
    return total


def memory_bytes(pid: int) -> int:
    """Resident memory of a process and its children, bytes."""
    return sum(_resident(one) for one in [pid, *_descendants(pid)])


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _descendants(pid: int) -> list[int]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            fields = _stat(int(entry.name))
            if fields:
                children[int(fields[1])].append(int(entry.name))
    found, left = [], list(children[pid])
    while left:
        child = left.pop()
        found.append(child)
        left += children[child]
    return found
