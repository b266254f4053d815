"""PostgreSQL, Valkey and Kafka from testcontainers, where Docker or podman answers.

They have the surface of the local servers (but `process` and `pid`), at fixed ports, so that a
server that a test killed is found again where it was. testcontainers' reaper removes them, also
when the runner is killed.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any

from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from deploy.local import kafka_jars, valkey
from deploy.local.broker import Broker
from deploy.local.databases import Databases
from deploy.local.kafka_probe import live_brokers
from deploy.local.ports import free_port
from deploy.local.processes import StackFailure

POSTGRES, VALKEY, KAFKA = "postgres:18", "valkey/valkey:9", "apache/kafka:4.1.1"


def host() -> str:
    """The host at which containers' ports appear; StackFailure when no engine answers."""
    try:
        client = DockerClient()
        client.client.ping()
        return str(client.host())
    except Exception as error:  # the engine's library raises its own errors, requests' and OS's
        reason = str(error).partition("\n")[0]
        raise StackFailure(f"STACK=containers, and no container engine answers: {reason}") from None


class Container:
    """One container: started, killed and started again at will."""

    def __init__(self, container: DockerContainer, answers: Callable[[], bool]) -> None:
        self._container = container
        self._answers = answers

    def start(self) -> None:
        """Start the container and wait until its server serves."""
        # A container once made keeps its ports and its data.
        if self._container._container is None:
            self._container.start()
        else:
            self._engine.start()
        self._wait()

    @property
    def _engine(self) -> Any:
        return self._container.get_wrapped_container()

    def _wait(self, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not self._answers():
            if time.monotonic() > deadline:
                raise StackFailure(f"{self._container.image} is not ready after {seconds:.0f} s")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server gently; its data stay."""
        self._engine.stop()

    def kill(self) -> None:
        """Kill -9 the server; its data stay."""
        self._engine.kill()

    def restart(self, *, immediate: bool = False) -> None:
        """Stop (`immediate`: kill -9) and start again."""
        self.kill() if immediate else self.stop()
        self.start()

    def remove(self) -> None:
        """Remove the container with its data."""
        self._container.stop()


class ContainerPostgres(Container, Databases):
    """PostgreSQL 18 in a container, set like the local one."""

    def __init__(self) -> None:
        Databases.__init__(self, host(), free_port(), secrets.token_hex(16))
        locale = "--locale-provider=libc --locale=C.UTF-8 --encoding=UTF8"
        container = (
            DockerContainer(POSTGRES)
            .with_bind_ports(5432, self.port)
            .with_envs(
                POSTGRES_PASSWORD=self.password("postgres"),
                POSTGRES_INITDB_ARGS=f"{locale} --auth-host=scram-sha-256",
            )
            .with_command(
                "postgres -c max_connections=300 -c jit=off -c max_locks_per_transaction=256"
            )
        )
        Container.__init__(self, container, self.answers)


class ContainerValkey(Container):
    """Valkey 9 in a container, keeping nothing."""

    def __init__(self) -> None:
        address, port = host(), free_port()
        self.url = f"redis://{address}:{port}/0"
        container = (
            DockerContainer(VALKEY)
            .with_bind_ports(6379, port)
            .with_command(["valkey-server", "--save", "", "--appendonly", "no"])
        )
        super().__init__(container, lambda: valkey.answers(address, port))


class ContainerKafka(Container, Broker):
    """Apache Kafka 4.1 in a container: one broker that is its own controller."""

    def __init__(self) -> None:
        address, port = host(), free_port()
        Broker.__init__(self, f"{address}:{port}")
        container = DockerContainer(KAFKA).with_bind_ports(9092, port)
        for name, value in _kafka_settings(address, port).items():
            container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
        Container.__init__(self, container, lambda: live_brokers(port, address) == 1)


def _kafka_settings(address: str, port: int) -> dict[str, str]:
    lines = (kafka_jars.RECIPES / "node.properties").read_text().splitlines()
    shared = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    protocols = shared["listener.security.protocol.map"]
    return shared | {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": "1@localhost:9093",
        # The broker finds itself inside the container, its clients from outside.
        "listeners": "PLAINTEXT://:9092,INSIDE://:19092,CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://{address}:{port},INSIDE://localhost:19092",
        "listener.security.protocol.map": f"{protocols},INSIDE:PLAINTEXT",
        "inter.broker.listener.name": "INSIDE",
    }
