"""However a runner ends, nothing that it started goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.holding import until_one_ends
from deploy.local.identity import birth
from deploy.local.processes import CHECKOUT, Note, Process, Program, StackFailure, read_note
from deploy.local.stack import Stack, running_in
from deploy.local.watch import remove, sweep

RUNNER = """
import sys, time
from pathlib import Path
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.processes import Program
from deploy.local.stack import Stack
from deploy.local.valkey import Valkey

with Stack(Path(sys.argv[1]), durable=True) as stack:
    for server in (Postgres(stack, free_port()), Valkey(stack, free_port())):
        server.start()
    stack.process(Program(name="deaf", command=("/bin/sh", "-c", "trap '' TERM; sleep 60 & wait"),
                          grace_seconds=0.5, phase=0)).start()
    print("up", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a stack; pytest's are closed to others, so its database lies elsewhere."""
    yield tmp_path
    remove(tmp_path)


@contextmanager
def _runner(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that holds a stack in `folder`, and the pids of what it has started."""
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(folder)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as runner:
        assert runner.stdout
        assert runner.stdout.readline() == "up\n"
        notes = [json.loads(file.read_text()) for file in (folder / "pids").glob("*.json")]
        yield runner, [note["pid"] for note in notes if birth(note["pid"])]


def _eventually(holds: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def _all_gone(pids: list[int]) -> bool:
    return not any(birth(pid) for pid in pids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_runner_that_gets_a_signal_leaves_no_process(
    folder: Path, number: signal.Signals
) -> None:
    with _runner(folder) as (runner, pids):
        assert len(pids) == 3
        runner.send_signal(number)
        runner.wait()
        assert _eventually(lambda: _all_gone(pids))


def test_a_new_runner_waits_until_a_killed_one_is_cleared_away(folder: Path) -> None:
    with _runner(folder) as (runner, pids):
        runner.kill()
        runner.wait()
        with Stack(folder, durable=True):
            assert _all_gone(pids)


def test_two_runners_cannot_hold_one_folder(folder: Path) -> None:
    with Stack(folder, durable=True):
        assert running_in(folder) == os.getpid()
        with pytest.raises(StackFailure, match="already runs"), Stack(folder, durable=True):
            pass
    assert running_in(folder) is None


def test_a_stack_that_fails_to_start_leaves_no_process(folder: Path) -> None:
    started: list[Process] = []

    def start_all() -> None:
        with Stack(folder, durable=True) as stack:
            started.append(stack.process(Program(name="good", command=("sleep", "60"))))
            broken = ("/bin/sh", "-c", "echo no such luck; exit 3")
            started.append(stack.process(Program(name="broken", command=broken)))
            for process in started:
                process.start()
            started[1].wait_until(lambda: False)

    with pytest.raises(StackFailure, match="broken ended while it started: no such luck"):
        start_all()
    assert not any(process.alive for process in started)


def test_a_program_that_ends_by_itself_is_named_with_its_last_words(folder: Path) -> None:
    with Stack(folder, durable=True) as stack:
        stays = stack.process(Program(name="stays", command=("sleep", "60")))
        ends = stack.process(Program(name="ends", command=("/bin/sh", "-c", "echo had enough")))
        stays.start()
        ends.start()
        with pytest.raises(StackFailure, match="ends ended by itself: had enough"):
            until_one_ends([stays, ends])


def test_a_program_that_ends_before_its_note_is_read_has_started(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Stack(folder, durable=True) as stack:
        brief = stack.process(Program(name="brief", command=("/bin/sh", "-c", "echo had enough")))

        def read_late(pid_file: Path) -> Note | None:
            brief.wait()
            return read_note(pid_file)

        monkeypatch.setattr(processes, "read_note", read_late)
        brief.start()
        with pytest.raises(StackFailure, match="brief ended by itself: had enough"):
            until_one_ends([brief])


def test_nothing_starts_in_a_stack_that_has_ended(folder: Path) -> None:
    with Stack(folder, durable=True) as stack:
        late = stack.process(Program(name="late", command=("sleep", "60")))
    with pytest.raises(StackFailure, match="ending"):
        late.start()


def test_a_pid_that_was_given_to_somebody_else_is_left_alone(folder: Path) -> None:
    somebody = subprocess.Popen(["sleep", "60"])
    note = {"pid": somebody.pid, "birth": "0", "signal": 9, "grace_seconds": 0, "phase": 1}
    (folder / "pids").mkdir()
    (folder / "pids" / "old.json").write_text(json.dumps(note))
    sweep(folder)
    assert somebody.poll() is None
    somebody.kill()
    somebody.wait()
