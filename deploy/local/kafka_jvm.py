"""Apache Kafka 4.1 on the JVM: one node, or two of which the second can be taken away."""

import base64
import signal
import uuid
from collections.abc import Mapping

from deploy.local import kafka_jars
from deploy.local.broker import Broker
from deploy.local.kafka_probe import live_brokers
from deploy.local.ports import free_port
from deploy.local.processes import Process, Program
from deploy.local.server import Server
from deploy.local.stack import Stack


class Node(Server):
    """One Kafka process with its own log folder, which outlives it.

    `own` holds the properties that `kafka/node.properties` does not; `brokers` is how many must
    serve before the node counts as started.
    """

    def __init__(
        self,
        stack: Stack,
        name: str,
        own: Mapping[str, str],
        *,
        port: int,
        heap: str,
        brokers: int = 1,
        cluster: str,
    ) -> None:
        self._stack = stack
        self._cluster = cluster
        self._folder = stack.folder / name
        self._own = {**own, "log.dirs": str(self._folder / "log")}
        self._properties = self._folder / "server.properties"
        self._heap = heap
        program = Program(
            name=name,
            command=self._java("kafka.Kafka", str(self._properties)),
            # What goes away with its folder need not hand over its partitions first.
            stop_signal=signal.SIGTERM if stack.durable else signal.SIGKILL,
            grace_seconds=20,
        )
        super().__init__(stack.process(program), lambda: live_brokers(port) == brokers)

    def _java(self, *arguments: str) -> tuple[str, ...]:
        logging = kafka_jars.RECIPES / "log4j2.properties"
        return (
            *("java", f"-Xmx{self._heap}", "-XX:+UseSerialGC"),
            # The quick compiler alone: starts sooner, and fast enough for one machine.
            "-XX:TieredStopAtLevel=1",
            # It unpacks native libraries, and kill -9 leaves them behind.
            f"-Djava.io.tmpdir={self._folder}",
            f"-Dlog4j2.configurationFile={logging}",
            *("-cp", f"{kafka_jars.LIBS}/*"),
            *arguments,
        )

    def start(self) -> None:
        """Start the node, with a new log the first time, and wait until it serves."""
        self.launch()
        self.process.wait_until(self._answers)

    def launch(self) -> None:
        """Start the node without waiting; the very first time Maven fetches its jars."""
        kafka_jars.fetch(self._stack)
        self._folder.mkdir(parents=True, exist_ok=True)
        shared = (kafka_jars.RECIPES / "node.properties").read_text()
        own = "".join(f"{key}={value}\n" for key, value in self._own.items())
        self._properties.write_text(shared + own)
        if not (self._folder / "log" / "meta.properties").exists():
            self._format()
        self.process.start()

    def _format(self) -> None:
        command = self._java(
            *("kafka.tools.StorageTool", "format", "-t", self._cluster),
            *("-c", str(self._properties), "--ignore-formatted"),
        )
        self._stack.complete(Program(name=f"{self._folder.name}-format", command=command))

    def stop(self) -> None:
        """Stop the node gently."""
        self.process.stop(signal.SIGTERM)


class JvmKafka(Node, Broker):
    """One broker that is its own controller; what it acknowledged survives kill -9."""

    def __init__(self, stack: Stack, port: int, controller_port: int) -> None:
        own = _properties(1, port, controller_port=controller_port, controls=True)
        Broker.__init__(self, f"127.0.0.1:{port}")
        Node.__init__(self, stack, "kafka-1", own, port=port, heap="512m", cluster=_new_cluster())


class TwoBrokers(Broker):
    """Two brokers; node 1 is the controller too, so put the topics that go away on node 2."""

    def __init__(self, stack: Stack) -> None:
        controller_port, ports = free_port(), {1: free_port(), 2: free_port()}
        super().__init__(",".join(f"127.0.0.1:{port}" for port in ports.values()))
        cluster = _new_cluster()
        self._nodes = {
            number: Node(
                stack,
                f"two-brokers-{number}",
                _properties(number, port, controller_port=controller_port, controls=number == 1),
                port=port,
                heap="320m",
                brokers=2,
                cluster=cluster,
            )
            for number, port in ports.items()
        }

    def process(self, node: int) -> Process:
        """The process of node 1 or 2."""
        return self._nodes[node].process

    def start(self, node: int | None = None) -> None:
        """Start one node, or both, and wait until both serve."""
        if node is None:
            self._nodes[1].launch()
        self._nodes[node or 2].start()

    def kill(self, node: int) -> None:
        """Kill -9 one node."""
        self._nodes[node].kill()


def _properties(
    number: int, port: int, *, controller_port: int, controls: bool
) -> Mapping[str, str]:
    controller = f",CONTROLLER://127.0.0.1:{controller_port}" if controls else ""
    return {
        "process.roles": "broker,controller" if controls else "broker",
        "node.id": str(number),
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port}{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
    }


def _new_cluster() -> str:
    """A cluster id: 22 characters, which must not look like an option of the format command."""
    return "k" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
