"""Programs that run, are waited for, killed, and started again."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.identity import birth
from deploy.local.last_words import last_words

CHECKOUT = Path(__file__).resolve().parents[2]


class StackFailure(Exception):
    """The stack cannot do what was asked; the text is one line for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's user that a server runs as."""

    user: int
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and how to end it."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 15
    phase: int = 1
    """When it ends: 0 for what needs the servers until its own end, 1 for the servers."""


class Gate:
    """Lets programs start until it is shut; shutting waits for a start that is under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_shut = False

    def __enter__(self) -> None:
        self._lock.acquire()
        if self._is_shut:
            self._lock.release()
            raise StackFailure("the stack is ending")

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def shut(self) -> None:
        """Refuse all starts from now on."""
        with self._lock:
            self._is_shut = True


class Process:
    """One program of a stack; its pid file and log lie in the stack's folder."""

    def __init__(self, folder: Path, program: Program, gate: Gate) -> None:
        self.program = program
        self._gate = gate
        self.log = folder / "logs" / f"{program.name}.log"
        self._pid_file = folder / "pids" / f"{program.name}.json"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program; it is not ready yet when this returns."""
        if self.alive:
            raise StackFailure(f"{self.program.name} is already running (pid {self.pid})")
        with self._gate:
            self._launch()

    def _launch(self) -> None:
        self._pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            child = self._child = subprocess.Popen(
                [sys.executable, "-S", "-m", "deploy.local.launch", self._specification()],
                cwd=CHECKOUT,
                env={**os.environ, **self.program.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            # Only what is noted is ended with the stack; what ended before that needs no note.
            while child.poll() is None and not self._is_noted(child.pid):
                time.sleep(0.002)
        except BaseException:
            child.kill()
            raise

    def _is_noted(self, pid: int) -> bool:
        note = read_note(self._pid_file)
        return note is not None and note.pid == pid

    def _specification(self) -> str:
        program = self.program
        return json.dumps(
            {
                "pid_file": str(self._pid_file),
                "parent": os.getpid(),
                "folder": "/" if program.account else str(CHECKOUT),
                "user": program.account and program.account.user,
                "group": program.account and program.account.group,
                "command": program.command,
                "ending": {
                    "signal": program.stop_signal,
                    "grace_seconds": program.grace_seconds,
                    "phase": program.phase,
                },
            }
        )

    @property
    def alive(self) -> bool:
        """Whether the program runs (also while it is stopped by SIGSTOP)."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """The pid of the program; StackFailure when it does not run."""
        if self._child is None or self._child.poll() is not None:
            raise StackFailure(f"{self.program.name} is not running")
        return self._child.pid

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = 60) -> None:
        """Poll `ready` until it says yes; StackFailure when the program dies or time is up."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                raise StackFailure(
                    f"{self.program.name} ended while it started: {self.last_words()}"
                )
            if time.monotonic() > deadline:
                raise StackFailure(
                    f"{self.program.name} is not ready after {seconds:.0f} s: {self.last_words()}"
                )
            time.sleep(0.02)

    def last_words(self, lines: int = 1) -> str:
        """The end of the program's log, and where the rest is."""
        return last_words(self.log, lines)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, such as SIGSTOP or SIGCONT."""
        os.kill(self.pid, number)

    def stop(self, number: signal.Signals | None = None) -> None:
        """Ask the program to end, wait for it, and kill it when its grace is over."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.send_signal(number or self.program.stop_signal)
        try:
            self._child.wait(self.program.grace_seconds)
        except subprocess.TimeoutExpired:
            self._child.kill()
        self.wait()

    def kill(self) -> None:
        """Kill -9, and wait until the process is gone."""
        if self._child is not None:
            self._child.kill()
            self.wait()

    def wait(self) -> int | None:
        """Wait for the end of the program; its exit code, negative for a signal."""
        if self._child is None:
            return None
        return self._child.wait()


@dataclass(frozen=True, slots=True)
class Note:
    """What a pid file says about a program that may still run."""

    pid: int
    birth: str
    signal: int
    grace_seconds: float
    phase: int

    @property
    def alive(self) -> bool:
        """Whether this very program still runs; another one with its pid does not count."""
        return birth(self.pid) == self.birth


def read_note(pid_file: Path) -> Note | None:
    """The note in a pid file, or None when there is none."""
    try:
        return Note(**json.loads(pid_file.read_text()))
    except FileNotFoundError:
        return None
