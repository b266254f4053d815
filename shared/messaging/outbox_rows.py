"""The relay's own connection to the outbox: locks, pages and deletes, nothing pooled.

It is a plain asyncpg connection, since a pool (or a transaction-mode pooler between) would part
the advisory lock from the statements that it protects.
"""

from collections.abc import Sequence

import asyncpg

from shared.messaging.ids import SHARDS
from shared.messaging.producer import OutboxRow
from shared.storage.engine import server_settings
from shared.storage.settings import DatabaseSettings

_LOCK_SPACE = 0x44534B  # "DSK": the first key of the relay's advisory locks

_PAGE = """
SELECT id, topic, key, key_hash, headers, payload FROM outbox AS o
WHERE shard = ANY($1::smallint[])
  AND NOT EXISTS (SELECT FROM outbox_refused AS r WHERE r.topic = o.topic AND r.key = o.key)
ORDER BY id LIMIT $2
"""
_PAGE_BESIDE_BUSY = """
SELECT id, topic, key, key_hash, headers, payload FROM outbox AS o
WHERE shard = ANY($1::smallint[])
  AND NOT EXISTS (SELECT FROM outbox_refused AS r WHERE r.topic = o.topic AND r.key = o.key)
  AND NOT EXISTS (
    SELECT FROM unnest($3::text[], $4::int[], $5::int[]) AS busy (topic, partitions, partition)
    WHERE busy.topic = o.topic AND o.key_hash % busy.partitions = busy.partition)
ORDER BY id LIMIT $2
"""
_REFUSE = """
WITH moved AS (DELETE FROM outbox WHERE id = $1 RETURNING *)
INSERT INTO outbox_refused (id, topic, key, key_hash, event_id, headers, payload, created_at, error)
SELECT id, topic, key, key_hash, event_id, headers, payload, created_at, $2 FROM moved
"""


class OutboxConnection:
    """One session: the shards that it holds, and the rows in them."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self.shards: set[int] = set()

    @classmethod
    async def open(cls, settings: DatabaseSettings, application_name: str) -> "OutboxConnection":
        """Connects; the server ends the session, and frees its shards, after 10 s of silence."""
        timeouts = server_settings(settings, f"{application_name}-relay")
        connection = await asyncpg.connect(
            settings.url,
            timeout=10,
            command_timeout=settings.statement_timeout + 10,
            server_settings=timeouts | {"idle_session_timeout": "10000"},
        )
        return cls(connection)

    async def take_shards(self) -> set[int]:
        """Tries to lock every shard that this session does not hold yet; returns those it holds."""
        missing = sorted(set(range(SHARDS)) - self.shards)
        rows = await self._connection.fetch(
            "SELECT s FROM unnest($2::int[]) AS s WHERE pg_try_advisory_lock($1, s)",
            _LOCK_SPACE,
            missing,
        )
        self.shards |= {row["s"] for row in rows}
        return self.shards

    async def page(self, limit: int, busy: Sequence[tuple[str, int, int]] = ()) -> list[OutboxRow]:
        """The oldest rows of the held shards, without those of busy (topic, count, partition)."""
        shards = sorted(self.shards)
        if busy:
            topics, counts, partitions = (list(column) for column in zip(*busy, strict=True))
            rows = await self._connection.fetch(
                _PAGE_BESIDE_BUSY, shards, limit, topics, counts, partitions
            )
        else:
            rows = await self._connection.fetch(_PAGE, shards, limit)
        return [OutboxRow._make(row) for row in rows]

    async def delete(self, ids: Sequence[int]) -> None:
        """Removes published rows."""
        await self._connection.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", ids)

    async def refuse(self, row: OutboxRow, error: str) -> None:
        """Moves a row that the broker will never take aside; its key waits behind it."""
        await self._connection.execute(_REFUSE, row.id, error)

    async def close(self) -> None:
        """Ends the session at once."""
        self._connection.terminate()
