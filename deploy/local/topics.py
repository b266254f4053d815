"""Makes Kafka topics: the catalog's for a stack, single ones for tests.

`python -m deploy.local.topics HOST:PORT` makes the catalog's, as compose.yaml does.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from itertools import count

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from deploy.local.processes import StackFailure
from shared.contracts.catalog import TOPICS

_numbers = count(1)


async def create(bootstrap_servers: str, topics: Sequence[NewTopic]) -> None:
    """Make the topics; those that are there already stay as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        answer = await admin.create_topics(list(topics))
    finally:
        await admin.close()
    for name, code, *_ in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise StackFailure(f"Kafka refused to make the topic {name}: {for_code(code).__name__}")


async def fresh(
    bootstrap_servers: str,
    name: str,
    *,
    partitions: int,
    settings: Mapping[str, str] | None = None,
    node: int | None = None,
) -> str:
    """Make an empty topic called `name` and a number, on `node` if one is given; its name."""
    unique = f"{name}-{next(_numbers)}"
    configs = dict(settings or {})
    if node is None:
        topic = NewTopic(unique, partitions, 1, topic_configs=configs)
    else:
        placed = {partition: [node] for partition in range(partitions)}
        topic = NewTopic(unique, -1, -1, replica_assignments=placed, topic_configs=configs)
    await create(bootstrap_servers, [topic])
    return unique


async def create_catalog(bootstrap_servers: str) -> None:
    """Make every topic of the catalog with the partitions that local stacks have."""
    topics = [
        NewTopic(topic.name, topic.local_partitions, 1, topic_configs=topic.config())
        for topic in TOPICS.values()
    ]
    await create(bootstrap_servers, topics)


if __name__ == "__main__":
    asyncio.run(create_catalog(sys.argv[1]))
