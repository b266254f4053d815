"""The five services, each as its own process, on a stack's servers."""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import httpx

from deploy.local import topics
from deploy.local.databases import SERVICES
from deploy.local.processes import Process, Program, StackFailure
from deploy.local.servers import Surroundings, at_once
from deploy.local.stack import Stack
from shared.service import tokens
from shared.service.claims import Kind
from shared.service.settings import AuthSettings

MEMORY = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "MALLOC_TRIM_THRESHOLD_": "1048576",
}
"""What the image sets too: glibc gives large mails and batches back when they are freed. Otherwise
they leave holes between what lives long, and a process grows for hours towards its worst moment.
"""


class Suite:
    """All five services with their topics, databases and a dev issuer of tokens."""

    def __init__(self, stack: Stack, surroundings: Surroundings, ports: Mapping[str, int]) -> None:
        self._stack = stack
        self._surroundings = surroundings
        self._keys = stack.folder / "dev-issuer.json"
        self.mail_in = ports["mail_in"]
        self.addresses = {name: f"http://127.0.0.1:{ports[name]}" for name in SERVICES}
        self.services = {name: stack.process(self.program(name, "all")) for name in SERVICES}

    @property
    def processes(self) -> Sequence[Process]:
        """The five processes."""
        return list(self.services.values())

    def environment(self, service: str) -> Mapping[str, str]:
        """Every variable that the local stack sets for a process of this service."""
        return {
            # One process of each service: a fixed member id gets its partitions back at once.
            "KAFKA_INSTANCE_ID": "local",
            **MEMORY,
            **self._surroundings.environment(service),
            "BLOBS_URL": f"file://{self._stack.folder}/blobs",
            "INGEST_SECRETS_FOLDER": f"{self._stack.folder}/secrets",
            # Signs reply addresses of this machine's own stack: no secret of anybody's.
            "INGEST_REPLY_KEY": "reply addresses of the local stack",
            "AUTH_DEV_KEY_FILE": str(self._keys),
            "AUTH_JWKS_FILE": str(self._jwks),
            f"{service.upper()}_HTTP_PORT": self.addresses[service].rpartition(":")[2],
            **({"INGEST_LISTEN_SMTP_PORT": str(self.mail_in)} if service == "ingest" else {}),
        }

    @property
    def _jwks(self) -> Path:
        return self._keys.with_suffix(".jwks.json")

    def program(self, service: str, role: str) -> Program:
        """What runs one role of a service; a process that stands in for the suite's own."""
        return Program(
            name=service if role == "all" else f"{service}-{role}",
            command=(sys.executable, "-m", f"services.{service}", role),
            environment=self.environment(service),
            grace_seconds=20,
            phase=0,
        )

    def start(self) -> None:
        """Make keys, topics and tables where they are missing, start all, wait until all are ready.

        StackFailure names the service that did not become ready, and its last words.
        """
        if not self._keys.exists():
            tokens.make_keys(self._keys)
        bootstrap_servers = self._surroundings.broker.bootstrap_servers
        migrations = [partial(self._migrate, name) for name in SERVICES]
        at_once([lambda: asyncio.run(topics.create_catalog(bootstrap_servers)), *migrations])
        for process in self.processes:
            process.start()
        self.wait_ready()

    def _migrate(self, service: str) -> None:
        self._stack.complete(self.program(service, "migrate"))

    def wait_ready(self, *, seconds: float = 120) -> None:
        """Wait until every /ready answers 200."""
        deadline = time.monotonic() + seconds
        for name, process in self.services.items():
            left = max(deadline - time.monotonic(), 1)
            try:
                process.wait_until(partial(self._is_ready, name), seconds=left)
            except StackFailure as failure:
                raise StackFailure(f"{failure}; /ready: {self._complaint(name)}") from None

    def _is_ready(self, service: str) -> bool:
        return self._complaint(service) is None

    def _complaint(self, service: str) -> str | None:
        """What /ready says is not ready, or why it says nothing; None when all is well."""
        try:
            answer = httpx.get(f"{self.addresses[service]}/ready", timeout=5)
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None if answer.is_success else " ".join(answer.text.split())

    def token(
        self, tenant: str, subject: str, *roles: str, kind: Kind = "service", hours: int = 1
    ) -> str:
        """A token of the dev issuer, with the scopes of these roles."""
        settings = AuthSettings(dev_key_file=self._keys)
        return tokens.issue(
            settings, tenant=tenant, kind=kind, subject=subject, roles=roles, ttl=hours * 3600
        )
