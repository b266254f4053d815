"""What a Kafka broker is to its clients, whichever program it is."""

from collections.abc import Mapping

from deploy.local import topics


class Broker:
    """Where clients find it, and topics made in it for tests."""

    is_real = True
    """Whether this is Apache Kafka: keeps its log, knows idempotent producers."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a service finds this broker."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers}

    async def topic(
        self,
        name: str,
        *,
        partitions: int = 4,
        settings: Mapping[str, str] | None = None,
        node: int | None = None,
    ) -> str:
        """Make a fresh topic, called `name` and a number, for a test; its name.

        `node` puts all its partitions on that one of several brokers.
        """
        return await topics.fresh(
            self.bootstrap_servers, name, partitions=partitions, settings=settings, node=node
        )
