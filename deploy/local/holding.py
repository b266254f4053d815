"""`start`, `stop` and `status`: a stack that goes on without a terminal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from deploy.local import kafka_jars
from deploy.local.databases import SERVICES
from deploy.local.identity import birth
from deploy.local.kafka_tansu import LIMITS
from deploy.local.ports import documented
from deploy.local.processes import CHECKOUT, Process, StackFailure, read_note
from deploy.local.servers import Servers, require_free_ports
from deploy.local.stack import RUN, Stack, running_in
from deploy.local.whereabouts import note_ports


def start() -> None:
    """Start the servers in the background and print where they are."""
    if pid := running_in(RUN):
        raise StackFailure(f"the stack already runs (pid {pid})")
    logs = RUN / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "stack.log").open("w") as log:
        holder = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "hold"],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            text=True,
        )
    assert holder.stdout
    try:
        # The holder closes its output when all is up, and its exit closes it too.
        for line in holder.stdout:
            print(line, end="", flush=True)
    except KeyboardInterrupt:
        holder.terminate()
        raise
    if running_in(RUN) != holder.pid:
        holder.wait()
        raise StackFailure(log_end(logs / "stack.log"))


def log_end(file: Path) -> str:
    """The last line of a log."""
    lines = file.read_text().splitlines()
    return lines[-1] if lines else f"the stack ended without a word [{file}]"


def hold() -> None:
    """Hold the servers until SIGTERM; what `start` leaves behind."""
    ports = {name: port for name, port in documented().items() if name not in SERVICES}
    with Stack(RUN, durable=True) as stack:
        require_free_ports(ports)
        note_ports(documented())
        if reason := kafka_jars.missing():
            print(f"{reason}: {LIMITS}", flush=True)
        servers = Servers.of(stack, ports)
        servers.start()
        for name, address in servers.addresses.items():
            print(f"{name:12}{address}", flush=True)
        _close_output()
        until_one_ends(servers.processes)


def _close_output() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def until_one_ends(processes: Sequence[Process]) -> NoReturn:
    """Wait as long as all of them run; StackFailure names the one that ended by itself."""
    while all(process.alive for process in processes):
        time.sleep(0.2)
    ended = next(process for process in processes if not process.alive)
    raise StackFailure(f"{ended.program.name} ended by itself: {ended.last_words()}")


def stop() -> None:
    """Stop what runs in this checkout's folder, and wait until all of it is gone."""
    pid = running_in(RUN)
    if pid is None:
        print("the stack does not run")
        return
    _signal_and_wait(pid)
    print("the stack is stopped; its data stay (make clean removes them)")


def _signal_and_wait(pid: int) -> None:
    holder = birth(pid)
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 90
    while birth(pid) == holder:
        if time.monotonic() > deadline:
            raise StackFailure(f"pid {pid} does not end")
        time.sleep(0.05)


def status() -> bool:
    """Print what runs; whether anything does."""
    pid = running_in(RUN)
    print(f"the stack runs (pid {pid})" if pid else "the stack does not run")
    for pid_file in sorted((RUN / "pids").glob("*.json")):
        note = read_note(pid_file)
        if note and note.alive:
            print(f"  {pid_file.stem:12}pid {note.pid}")
    return pid is not None
