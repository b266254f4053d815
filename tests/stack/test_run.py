"""`make run`, as a newcomer uses it, in a folder and on ports of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local import ports
from deploy.local.identity import birth
from deploy.local.processes import CHECKOUT
from deploy.local.watch import remove


class Run:
    """`python -m deploy.local run` under way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = ports.free()
        chosen = {f"DESKSTREAM_PORT_{name.upper()}": str(port) for name, port in self.ports.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "run"],
            cwd=CHECKOUT,
            env={**os.environ, **chosen, "DESKSTREAM_RUN": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def until_ready(self) -> str:
        """What it prints until it is ready; fails with its error when it never is."""
        assert self.process.stdout
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("ready after"):
                return said
        raise AssertionError(self.process.communicate()[1])

    def pids(self) -> list[int]:
        """The pids of everything that it runs."""
        found = [re.search(r'"pid": (\d+)', file.read_text()) for file in self._notes()]
        return [int(match[1]) for match in found if match and birth(int(match[1]))]

    def _notes(self) -> Iterator[Path]:
        return (self.folder / "pids").glob("*.json")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run that ends with its test."""
    run = Run(tmp_path)
    with run.process:
        yield run
        run.process.terminate()
        run.process.wait()
    remove(tmp_path)


@pytest.mark.journey
def test_a_newcomer_gets_a_suite_that_answers_and_leaves_nothing_behind(run: Run) -> None:
    said = run.until_ready()
    token = re.search(r"export TOKEN=(\S+)", said)
    assert token
    headers = {"Authorization": f"Bearer {token[1]}"}
    agents = httpx.get(f"http://127.0.0.1:{run.ports['router']}/v1/agents", headers=headers)
    assert len(agents.json()["items"]) == 6
    pids = run.pids()
    assert len(pids) == 9
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait() == 0
    assert not any(birth(pid) for pid in pids)


@pytest.mark.journey
def test_a_service_that_dies_ends_the_run_with_one_clear_line(run: Run) -> None:
    run.until_ready()
    note = (run.folder / "pids" / "sla.json").read_text()
    pid = re.search(r'"pid": (\d+)', note)
    assert pid
    os.kill(int(pid[1]), signal.SIGKILL)
    _, complaint = run.process.communicate()
    assert run.process.returncode == 1
    assert len(complaint.splitlines()) == 1
    assert "sla ended by itself" in complaint
