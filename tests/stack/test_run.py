"""`make run`, as a newcomer uses it, in a folder and on ports of its own."""

import json
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
def test_a_newcomer_gets_a_suite_and_hears_in_one_line_which_service_has_died(run: Run) -> None:
    said = run.until_ready()
    token = re.search(r"export TOKEN=(\S+)", said)
    assert token
    headers = {"Authorization": f"Bearer {token[1]}"}
    for service, path, count in (("router", "/v1/agents", 6), ("kb", "/v1/articles", 8)):
        answer = httpx.get(f"http://127.0.0.1:{run.ports[service]}{path}", headers=headers)
        assert len(answer.json()["items"]) == count

    pids = run.pids()
    assert len(pids) == 9
    note = json.loads((run.folder / "pids" / "sla.json").read_text())
    os.kill(note["pid"], signal.SIGKILL)
    _, complaint = run.process.communicate()
    assert run.process.returncode == 1
    assert len(complaint.splitlines()) == 1
    assert "sla ended by itself" in complaint
    assert not any(birth(pid) for pid in pids)
