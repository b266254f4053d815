"""A server of the stack: a process, and how to see that it serves."""

from collections.abc import Callable

from deploy.local.processes import Process


class Server:
    """One process that serves on a port; started, killed and started again at will."""

    def __init__(self, process: Process, answers: Callable[[], bool]) -> None:
        self.process = process
        self._answers = answers

    @property
    def pid(self) -> int:
        """The pid; StackFailure when the server does not run."""
        return self.process.pid

    def start(self) -> None:
        """Start the server and wait until it serves."""
        self.process.start()
        self.process.wait_until(self._answers)

    def stop(self) -> None:
        """Stop the server as the stack ends it."""
        self.process.stop()

    def kill(self) -> None:
        """Kill -9 the server."""
        self.process.kill()

    def restart(self, *, immediate: bool = False) -> None:
        """Stop (`immediate`: kill -9) and start again."""
        self.kill() if immediate else self.stop()
        self.start()
