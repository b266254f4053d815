"""`python -m deploy.local`, as people use it, in a folder and on ports of its own."""

import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from deploy.local import ports
from deploy.local.identity import birth
from deploy.local.processes import CHECKOUT

Environment = Mapping[str, str]


def _do(environment: Environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", *arguments],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _environment(folder: Path) -> dict[str, str]:
    chosen = {f"DESKSTREAM_PORT_{name.upper()}": str(port) for name, port in ports.free().items()}
    # Tansu starts at once; the commands are the same for both brokers.
    return {**os.environ, **chosen, "DESKSTREAM_RUN": str(folder), "STACK_KAFKA": "tansu"}


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """What makes the commands use a folder and ports of their own."""
    environment = _environment(tmp_path)
    yield environment
    _do(environment, "stop")
    _do(environment, "clean")


def _pids(environment: Environment) -> list[int]:
    shown = _do(environment, "status").stdout
    return [int(line.rpartition("pid ")[2].rstrip(")")) for line in shown.splitlines()]


def test_start_status_and_stop(environment: Environment) -> None:
    assert _do(environment, "status").returncode == 1
    started = _do(environment, "start")
    assert started.returncode == 0, started.stderr
    assert "KAFKA_ENABLE_IDEMPOTENCE=false" in started.stdout
    assert "already runs" in _do(environment, "start").stderr
    pids = _pids(environment)
    assert len(pids) == 5
    assert _do(environment, "stop").returncode == 0
    assert not any(birth(pid) for pid in pids)


def test_commands_in_another_shell_find_the_stack_of_their_checkout(
    environment: Environment,
) -> None:
    shell = {name: value for name, value in environment.items() if "DESKSTREAM_PORT" not in name}
    for command in (("env", "router"), ("read", "support.tickets.v1")):
        refused = _do(shell, *command)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert "no stack runs" in refused.stderr
    assert _do(environment, "start").returncode == 0
    shown = _do(shell, "env", "router").stdout
    assert f"127.0.0.1:{environment['DESKSTREAM_PORT_KAFKA']}" in shown
    assert f"127.0.0.1:{environment['DESKSTREAM_PORT_POSTGRES']}/router" in shown


def test_a_stack_goes_on_with_its_data(environment: Environment) -> None:
    assert _do(environment, "start").returncode == 0
    assert _do(environment, "stop").returncode == 0
    again = _do(environment, "start")
    assert again.returncode == 0, again.stderr


def test_kill_9_of_the_holder_leaves_no_process(environment: Environment) -> None:
    assert _do(environment, "start").returncode == 0
    holder, *servers = _pids(environment)
    os.kill(holder, signal.SIGKILL)
    # The next start waits until the watcher has ended the servers.
    assert _do(environment, "start").returncode == 0
    assert not any(birth(pid) for pid in servers)


def test_a_busy_port_is_one_clear_line(environment: Environment) -> None:
    with socket.create_server(("127.0.0.1", int(environment["DESKSTREAM_PORT_VALKEY"]))):
        refused = _do(environment, "start")
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "valkey is busy" in refused.stderr
    assert "DESKSTREAM_PORT_VALKEY" in refused.stderr


def test_a_port_that_is_no_number_is_one_clear_line(environment: Environment) -> None:
    refused = _do({**environment, "DESKSTREAM_PORT_SMTP": "smtp"}, "start")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)


def _as_nobody(*command: str, environment: Environment) -> subprocess.CompletedProcess[str]:
    nobody = pwd.getpwnam("nobody")
    become = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return subprocess.run(
        [*become, *command],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _interpreter_for_nobody() -> str:
    """One that a normal user can execute; that of the venv may lie in a closed home."""
    system = f"/usr/bin/python3.{sys.version_info.minor}"
    for interpreter in (sys.executable, system):
        if _as_nobody("test", "-x", interpreter, environment={}).returncode == 0:
            return interpreter
    pytest.skip(f"a normal user can execute neither {sys.executable} nor {system}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_a_normal_user_can_start_it_too() -> None:
    interpreter, nobody = _interpreter_for_nobody(), pwd.getpwnam("nobody")
    # pytest's own folders are closed to others.
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        site_packages = str(Path(pytest.__file__).parents[1])
        environment = _environment(Path(home, "run")) | {"HOME": home, "PYTHONPATH": site_packages}
        for action in ("start", "status", "stop"):
            command = (interpreter, "-m", "deploy.local", action)
            done = _as_nobody(*command, environment=environment)
            assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a folder that nobody can enter")
def test_root_can_start_it_in_a_folder_that_is_closed_to_others(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    environment = _environment(closed / "run")
    started = _do(environment, "start")
    assert started.returncode == 0, started.stderr
    elsewhere = (closed / "run" / "elsewhere").resolve()
    assert closed.stat().st_mode & 0o777 == 0o700
    assert (elsewhere / "postgres" / "data" / "PG_VERSION").exists()
    assert _do(environment, "stop").returncode == 0
    assert _do(environment, "clean").returncode == 0
    assert not elsewhere.exists()
