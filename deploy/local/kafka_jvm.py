"""Apache Kafka 4.1 on the JVM: one node, or two of which the second can be taken away."""

import base64
import signal
import uuid
from collections.abc import Mapping

from deploy.local import kafka_jars, topics
from deploy.local.kafka_probe import live_brokers
from deploy.local.ports import free_port
from deploy.local.processes import Process, Program
from deploy.local.stack import Stack


class Node:
    """One Kafka process with its own log folder, which outlives it."""

    def __init__(
        self, stack: Stack, name: str, lines: Mapping[str, str], *, port: int, heap: str
    ) -> None:
        self.port = port
        self._stack = stack
        self._folder = stack.folder / name
        self._lines = {**lines, "log.dirs": str(self._folder / "log")}
        self._properties = self._folder / "server.properties"
        self._heap = heap
        self.process: Process = stack.process(
            Program(
                name=name,
                command=self._java("kafka.Kafka", str(self._properties)),
                # What goes away with its folder need not hand over its partitions first.
                stop_signal=signal.SIGTERM if stack.durable else signal.SIGKILL,
                grace_seconds=20,
            )
        )

    def _java(self, *arguments: str) -> tuple[str, ...]:
        logging = kafka_jars.RECIPES / "log4j2.properties"
        return (
            "java",
            f"-Xmx{self._heap}",
            "-XX:+UseSerialGC",
            # The quick compiler alone: starts sooner, and fast enough for one machine.
            "-XX:TieredStopAtLevel=1",
            # It unpacks native libraries, and kill -9 leaves them behind.
            f"-Djava.io.tmpdir={self._folder}",
            f"-Dlog4j2.configurationFile={logging}",
            "-cp",
            f"{kafka_jars.LIBS}/*",
            *arguments,
        )

    def launch(self, cluster: str) -> None:
        """Format the log folder the first time, and start the process."""
        kafka_jars.fetch(self._stack)
        self._folder.mkdir(parents=True, exist_ok=True)
        shared = (kafka_jars.RECIPES / "node.properties").read_text()
        own = "".join(f"{key}={value}\n" for key, value in self._lines.items())
        self._properties.write_text(shared + own)
        if not (self._folder / "log" / "meta.properties").exists():
            self._format(cluster)
        self.process.start()

    def _format(self, cluster: str) -> None:
        command = self._java(
            *("kafka.tools.StorageTool", "format", "-t", cluster),
            *("-c", str(self._properties), "--ignore-formatted"),
        )
        self._stack.complete(Program(name=f"{self._folder.name}-format", command=command))


class JvmKafka:
    """One broker that is its own controller; what it acknowledged survives kill -9."""

    is_real = True

    def __init__(self, stack: Stack, port: int, controller_port: int) -> None:
        self.bootstrap_servers = f"127.0.0.1:{port}"
        lines = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        }
        self._node = Node(stack, "kafka-1", lines, port=port, heap="512m")

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a service finds this broker."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers}

    @property
    def process(self) -> Process:
        """The broker, for tests that need its signals."""
        return self._node.process

    @property
    def pid(self) -> int:
        """The broker's pid."""
        return self._node.process.pid

    def start(self) -> None:
        """Start the broker (fetching its jars the first time) and wait until it serves."""
        self._node.launch(_new_cluster())
        self.process.wait_until(lambda: live_brokers(self._node.port) == 1)

    async def topic(
        self, name: str, *, partitions: int = 4, settings: Mapping[str, str] | None = None
    ) -> str:
        """Make a fresh topic, called `name` and a number, for a test; its name."""
        return await topics.fresh(
            self.bootstrap_servers, name, partitions=partitions, settings=settings
        )

    def stop(self) -> None:
        """Stop the broker gently."""
        self.process.stop(signal.SIGTERM)

    def kill(self) -> None:
        """Kill -9 the broker."""
        self.process.kill()

    def restart(self, *, immediate: bool = False) -> None:
        """Stop (`immediate`: kill -9) and start again with the same log."""
        self.kill() if immediate else self.stop()
        self.start()


class TwoBrokers:
    """Two brokers; node 1 is the controller too, so only node 2 can be away while topics move."""

    is_real = True

    def __init__(self, stack: Stack) -> None:
        controller_port, ports = free_port(), {1: free_port(), 2: free_port()}
        self.bootstrap_servers = ",".join(f"127.0.0.1:{port}" for port in ports.values())
        self._cluster = _new_cluster()
        self._nodes = {
            number: Node(
                stack,
                f"two-brokers-{number}",
                _one_of_two(number, port, controller_port),
                port=port,
                heap="320m",
            )
            for number, port in ports.items()
        }

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a service finds these brokers."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers}

    def process(self, node: int) -> Process:
        """The process of node 1 or 2."""
        return self._nodes[node].process

    def start(self, node: int | None = None) -> None:
        """Start one node, or both, and wait until both serve."""
        wanted = [node] if node else [1, 2]
        for number in wanted:
            self._nodes[number].launch(self._cluster)
        for number in wanted:
            self._wait_for(self._nodes[number])

    def _wait_for(self, node: Node) -> None:
        # Asked at its own port: the other one counts a dead broker until its session is over.
        node.process.wait_until(lambda: live_brokers(node.port) == 2)

    async def topic(
        self,
        name: str,
        *,
        partitions: int = 4,
        settings: Mapping[str, str] | None = None,
        node: int = 2,
    ) -> str:
        """Make a fresh topic, called `name` and a number, on one of the nodes; its name."""
        return await topics.fresh(
            self.bootstrap_servers, name, partitions=partitions, settings=settings, node=node
        )

    def kill(self, node: int) -> None:
        """Kill -9 one node."""
        self._nodes[node].process.kill()


def _one_of_two(number: int, port: int, controller_port: int) -> dict[str, str]:
    controller = f",CONTROLLER://127.0.0.1:{controller_port}" if number == 1 else ""
    return {
        "process.roles": "broker,controller" if number == 1 else "broker",
        "node.id": str(number),
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port}{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
    }


def _new_cluster() -> str:
    """A cluster id: 22 characters, which must not look like an option of the format command."""
    return "k" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
