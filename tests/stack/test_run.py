"""`make run`, as a newcomer uses it, in a folder and on ports of its own."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.identity import birth
from tests.stack.running import Run, running


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run that ends with its test."""
    with running(tmp_path) as run:
        yield run


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
