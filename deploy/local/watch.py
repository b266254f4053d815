"""Ends a stack: `python -m deploy.local.watch FOLDER [--remove]`, started by every runner.

It reads a pipe whose other end only the runner holds. When the runner closes it, or dies in any
way, the read ends and everything noted in FOLDER/pids is stopped: services first, then servers.
So Ctrl-C, kill -9 and a failed start all leave by the same door.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.local.processes import Note, read_note


def sweep(folder: Path) -> None:
    """Stop every program that FOLDER/pids notes and that still runs."""
    pid_files = sorted((folder / "pids").glob("*.json"))
    notes = [note for note in map(read_note, pid_files) if note]
    for phase in sorted({note.phase for note in notes}):
        _stop([note for note in notes if note.phase == phase])
    for pid_file in pid_files:
        pid_file.unlink(missing_ok=True)


def _stop(notes: Sequence[Note]) -> None:
    begun = time.monotonic()
    for note in notes:
        _send(note, note.signal)
        # A stopped (SIGSTOP) program handles nothing until it goes on.
        _send(note, signal.SIGCONT)
    while waiting := [note for note in notes if note.alive]:
        for note in waiting:
            if time.monotonic() - begun > note.grace_seconds:
                _send(note, signal.SIGKILL)
        time.sleep(0.02)


def _send(note: Note, number: int) -> None:
    if note.alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(note.pid, number)


def remove(folder: Path) -> None:
    """Remove a stack's folder with everything in it, also data that `reachable` put elsewhere."""
    elsewhere = folder / "elsewhere"
    if elsewhere.is_symlink():
        shutil.rmtree(elsewhere.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def main(folder: Path, *, removes: bool) -> None:
    """Wait for the runner's end, then end its stack."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    sweep(folder)
    if removes:
        remove(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), removes="--remove" in sys.argv[2:])
