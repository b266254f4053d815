"""`make run` as a process of its own, for tests."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import ports
from deploy.local.identity import birth
from deploy.local.processes import CHECKOUT
from deploy.local.watch import remove


class Run:
    """`python -m deploy.local run` under way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = ports.free()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "run"],
            cwd=CHECKOUT,
            env=self.environment | self._chosen(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def environment(self) -> dict[str, str]:
        """What commands need in a shell beside it: the folder alone, which knows the ports."""
        return {**os.environ, "DESKSTREAM_RUN": str(self.folder)}

    def _chosen(self) -> dict[str, str]:
        return {f"DESKSTREAM_PORT_{name.upper()}": str(port) for name, port in self.ports.items()}

    def until_ready(self) -> str:
        """What it prints until it is ready; fails with its error when it never is."""
        assert self.process.stdout
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("ready after"):
                return said
        _, complaint = self.process.communicate()
        raise AssertionError(f"ended with {self.process.returncode} after {said}{complaint}")

    def pids(self) -> list[int]:
        """The pids of everything that it runs."""
        found = [re.search(r'"pid": (\d+)', file.read_text()) for file in self._notes()]
        return [int(match[1]) for match in found if match and birth(int(match[1]))]

    def _notes(self) -> Iterator[Path]:
        return (self.folder / "pids").glob("*.json")


@contextmanager
def running(folder: Path) -> Iterator[Run]:
    """A run in `folder`, on ports of its own; both are gone at the end."""
    run = Run(folder)
    with run.process:
        yield run
        run.process.terminate()
        run.process.wait()
    remove(folder)
