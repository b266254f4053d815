"""The four servers that the services need, and how a service finds them."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Self

from deploy.local import kafka_jars
from deploy.local.broker import Broker
from deploy.local.databases import Databases
from deploy.local.kafka_jvm import JvmKafka
from deploy.local.kafka_tansu import Tansu
from deploy.local.mail_sink import MailSink
from deploy.local.ports import require_free
from deploy.local.postgres import Postgres
from deploy.local.processes import Process
from deploy.local.stack import Stack
from deploy.local.valkey import Valkey

Kafka = JvmKafka | Tansu


def kafka_for(stack: Stack, port: int, controller_port: int) -> Kafka:
    """Apache Kafka, or Tansu on a machine that cannot run it (`kafka_jars.missing` says why)."""
    if kafka_jars.missing() is None:
        return JvmKafka(stack, port, controller_port)
    return Tansu(stack, port)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The servers as a service sees them, wherever they run."""

    databases: Databases
    redis_url: str
    broker: Broker
    mail: MailSink

    def environment(self, service: str) -> Mapping[str, str]:
        """The variables by which a service finds its database and the other servers."""
        return {
            **self.broker.environment,
            "DATABASE_URL": self.databases.url(service),
            "REDIS_URL": self.redis_url,
            "INGEST_SMTP_HOST": self.mail.host,
            "INGEST_SMTP_PORT": str(self.mail.port),
        }


@dataclass(frozen=True, slots=True)
class Servers:
    """PostgreSQL, Valkey, a Kafka broker and the mail sink, all on 127.0.0.1."""

    postgres: Postgres
    valkey: Valkey
    kafka: Kafka
    mail: MailSink

    @classmethod
    def of(cls, stack: Stack, ports: Mapping[str, int]) -> Self:
        """The servers of a stack on these ports, not started yet."""
        return cls(
            Postgres(stack, ports["postgres"]),
            Valkey(stack, ports["valkey"]),
            kafka_for(stack, ports["kafka"], ports["kafka_controller"]),
            MailSink(stack, ports["smtp"]),
        )

    def start(self) -> None:
        """Start all four side by side, with the services' databases."""
        starts = [self.valkey.start, self.kafka.start, self.mail.start]
        at_once([self._start_postgres, *starts])

    def _start_postgres(self) -> None:
        self.postgres.start()
        self.postgres.add_services()

    @property
    def processes(self) -> Sequence[Process]:
        """The four processes."""
        servers = (self.postgres, self.valkey, self.kafka, self.mail)
        return [server.process for server in servers]

    @property
    def addresses(self) -> Mapping[str, str]:
        """Where each server is, for people."""
        return {
            "PostgreSQL": f"127.0.0.1:{self.postgres.port} (one database for each service)",
            "Valkey": self.valkey.url,
            "Kafka": self.kafka.bootstrap_servers,
            "mail sink": f"smtp://{self.mail.host}:{self.mail.port} (mails in {self.mail.folder})",
        }

    @property
    def surroundings(self) -> Surroundings:
        """What the services need of them."""
        return Surroundings(self.postgres, self.valkey.url, self.kafka, self.mail)


def require_free_ports(ports: Mapping[str, int]) -> None:
    """StackFailure when one of the ports that will be used is busy."""
    for name, port in ports.items():
        if name != "kafka_controller" or kafka_jars.missing() is None:
            require_free(name, port)


def at_once(actions: Sequence[Callable[[], object]]) -> None:
    """Do all actions side by side, and raise the first failure as soon as it happens."""
    pool = ThreadPoolExecutor(len(actions))
    try:
        for done in as_completed([pool.submit(action) for action in actions]):
            done.result()
    finally:
        # What still waits for a server of this stack fails by itself when the stack has ended it.
        pool.shutdown(wait=False, cancel_futures=True)
