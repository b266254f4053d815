"""One stack: a folder, the programs that run in it, and the watcher that ends them all."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.identity import birth
from deploy.local.processes import CHECKOUT, Gate, Process, Program, StackFailure
from deploy.local.watch import sweep

RUN = Path(os.environ.get("DESKSTREAM_RUN") or CHECKOUT / ".run").absolute()
"""Where the stack that people start keeps everything; tests have folders of their own."""


class Stack:
    """Holds a folder for as long as it is entered; everything started in it ends with it.

    `durable` stacks are stopped gently because their data stay; the others are for tests and are
    removed with their folder.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self._processes: list[Process] = []
        self._gate = Gate()

    def process(self, program: Program) -> Process:
        """A process of this stack, not started yet."""
        process = Process(self.folder, program, self._gate)
        self._processes.append(process)
        return process

    def complete(self, program: Program) -> None:
        """Run a program to its end; StackFailure, with its last words, when it fails."""
        process = self.process(program)
        process.start()
        if process.wait():
            raise StackFailure(f"{program.name} failed: {process.last_words()}")

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._take_lock()
        except BaseException:
            os.close(self._lock)
            raise
        sweep(self.folder)
        self._watcher = self._watch()
        return self

    def _watch(self) -> subprocess.Popen[bytes]:
        arguments = [str(self.folder), *([] if self.durable else ["--remove"])]
        with (self.folder / "watcher.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-S", "-m", "deploy.local.watch", *arguments],
                cwd=CHECKOUT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # The lock lasts until the watcher is done, also when this process is killed.
                pass_fds=[self._lock],
            )

    def _take_lock(self) -> None:
        patience = time.monotonic() + 30
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                runner = running_in(self.folder)
                # Of a dead runner the watcher still holds the lock, until it has ended everything.
                if runner or time.monotonic() > patience:
                    raise StackFailure(
                        f"a stack already runs in {self.folder} (pid {runner}): stop it first"
                    ) from None
            time.sleep(0.05)
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()} {birth(os.getpid())}".encode(), 0)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._gate.shut()
        assert self._watcher.stdin
        self._watcher.stdin.close()
        self._watcher.wait()
        for process in self._processes:
            process.kill()
        os.ftruncate(self._lock, 0)
        os.close(self._lock)


def running_in(folder: Path) -> int | None:
    """The pid of the runner that holds the stack in `folder`, or None when there is none."""
    try:
        pid, started = (folder / "lock").read_text().split(" ", 1)
    except (FileNotFoundError, ValueError):
        return None
    return int(pid) if birth(int(pid)) == started else None
