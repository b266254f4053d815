"""What must hold after any experiment: I1–I4, I7 and I8 of delivery.md §5, in one place.

Everything is reckoned from the input log itself, independently of what the engine believes.
"""

import base64
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.contracts.messages import MessageReceived
from shared.messaging.decode import Record
from shared.messaging.ids import derived_id, sequence
from shared.testing.records import APPLIED, EXPECTED
from tests.faults import logs
from tests.faults.lab import Lab
from tests.faults.usecases import conversation


@dataclass
class Truth:
    """What an input log says must have become of it."""

    applied: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    """The ids of each session's messages, in their order."""
    parked: dict[tuple[int, int], Record] = field(default_factory=dict)
    """The records to park, by partition and offset."""
    seen: set[str] = field(default_factory=set)

    def add(self, records: Sequence[Record], tenant: str) -> None:
        """Adds the records of one log; of copies the first counts."""
        for record in records:
            headers = dict(record.headers)
            if expectation(record) != APPLIED:
                self._park(record)
                continue
            name = (headers["ce_id"] or b"").decode()
            if name not in self.seen:
                self.seen.add(name)
                source = (headers["ce_source"] or b"").decode()
                session = (record.key or b"").decode()
                uid = id_inside(record.timestamp, tenant, source, name)
                self.applied[session].append(uid)

    def _park(self, record: Record) -> None:
        name = (dict(record.headers).get("ce_id") or b"").decode("utf-8", "replace")
        if expectation(record) == "failed":
            # Its id is claimed when it is parked: a copy is a copy of what is parked already.
            if name in self.seen:
                return
            self.seen.add(name)
        self.parked[record.partition, record.offset] = record

    @property
    def ids(self) -> set[UUID]:
        """All ids that must be applied."""
        return {uid for ids in self.applied.values() for uid in ids}


def id_inside(milliseconds: int, tenant: str, source: str, name: str) -> UUID:
    """DESIGN §4.5 in other words: 48 bits of Kafka's time, then SHA-256 of the name, version 8."""
    digest = hashlib.sha256("\0".join((tenant, source, name)).encode()).digest()
    made = bytearray(milliseconds.to_bytes(6, "big") + digest[:10])
    made[6] = 0x80 | made[6] & 0x0F
    made[8] = 0x80 | made[8] & 0x3F
    return UUID(bytes=bytes(made))


def expectation(record: Record) -> str:
    """APPLIED or the reason to park, as the sender of the record wrote it down."""
    return (dict(record.headers)[EXPECTED] or b"").decode()


async def truth_of(lab: Lab, *older: Sequence[Record]) -> Truth:
    """The truth of the experiment's input topic, after the logs that it replaced."""
    truth = Truth()
    for records in (*older, await logs.read(lab.bootstrap, [lab.topic])):
        truth.add(records, lab.tenant)
    return truth


async def check(lab: Lab, *older: Sequence[Record]) -> Truth:
    """Checks every invariant of a drained experiment; `older`: logs that were replaced since."""
    truth = await truth_of(lab, *older)
    assert truth.ids, "an experiment without inputs proves nothing"
    await check_state(lab, truth)
    await check_published(lab, truth)
    await check_parked(lab, truth)
    await check_offsets(lab)
    return truth


async def check_state(lab: Lab, truth: Truth) -> None:
    """I1, I2 and the order: each message once, versions without a gap, in the order of the log."""
    kept: dict[str, list[tuple[int, UUID]]] = defaultdict(list)
    for key, version, uid in await lab.query("SELECT key, version, uid FROM message ORDER BY n"):
        kept[key].append((version, uid))
    copies = [uid for uid, n in Counter(u for rows in kept.values() for _, u in rows).items()
              if n > 1]  # fmt: skip
    assert not copies, f"{len(copies)} messages were applied more than once"
    missing = truth.ids - {uid for rows in kept.values() for _, uid in rows}
    assert not missing, f"{len(missing)} messages are lost"
    for key, rows in kept.items():
        assert [v for v, _ in rows] == list(range(1, len(rows) + 1)), f"versions of {key} have gaps"
        assert [u for _, u in rows] == truth.applied[key], f"{key} was applied out of order"
    versions = dict(map(tuple, await lab.query("SELECT key, version FROM entity")))
    assert versions == {key: len(ids) for key, ids in truth.applied.items()}


async def check_published(lab: Lab, truth: Truth) -> None:
    """I3 and I4: the outbox is empty, each announcement is out, first ones in order."""
    assert await lab.value("SELECT count(*) FROM outbox") == 0, "the outbox is not empty"
    assert await lab.value("SELECT count(*) FROM outbox_refused") == 0, "rows were refused"
    found = await published(lab, "support.messages.v1")
    kind = MessageReceived.TYPE
    expected = {
        str(conversation(key)): [str(derived_id(uid, kind)) for uid in ids]
        for key, ids in truth.applied.items()
    }
    assert set(found) <= set(expected), "events of unknown keys were published"
    for key, ids in expected.items():
        first = first_ones(found.get(key, []))
        lost = set(ids) - {name for name, _ in first}
        assert not lost, f"{len(lost)} announcements of {key} are lost"
        assert [name for name, _ in first] == ids, f"the announcements of {key} are out of order"
        numbers = [sequence(n, 1) for n in range(1, len(ids) + 1)]
        assert [number for _, number in first] == numbers, f"sequences of {key} have gaps"


async def published(lab: Lab, topic: str) -> dict[str, list[tuple[str, int]]]:
    """(event id, sequence) of everything this experiment published on a topic, by key."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for record in await announced(lab, topic):
        headers = dict(record.headers)
        number = int(headers.get("ce_sequence") or b"0")
        found[(record.key or b"").decode()].append(((headers["ce_id"] or b"").decode(), number))
    return found


async def announced(lab: Lab, topic: str) -> list[Record]:
    """The records that this experiment published on a topic, in order per partition."""
    records = await logs.read(lab.bootstrap, [topic], lab.begin)
    tenant = lab.tenant.encode()
    return [r for r in records if dict(r.headers).get("ce_tenant") == tenant]


def first_ones(found: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Without the copies that a crash may leave behind."""
    return list(dict(found).items())


async def check_parked(lab: Lab, truth: Truth) -> None:
    """I7: each broken record is parked once, with reason and bytes, and announced; no other is."""
    rows = await lab.query(
        'SELECT id, partition, "offset", reason, key, value, headers FROM parked '
        "WHERE consumer = :group", group=lab.group,
    )  # fmt: skip
    assert Counter((p, o) for _, p, o, *_ in rows) == Counter(truth.parked.keys())
    for _, partition, offset, reason, key, value, headers in rows:
        record = truth.parked[partition, offset]
        assert (reason, key, value) == (expectation(record), record.key, record.value)
        assert _unpacked(headers) == list(record.headers)
    parked = {str(uid) for uid, *_ in rows}
    records = await logs.read(lab.bootstrap, ["support.dlq.ingest.v1"], lab.begin)
    told = [json.loads(r.value or b"{}") for r in records]
    assert {t["parked_id"] for t in told if t["consumer"] == lab.group} == parked


def _unpacked(headers: Any) -> list[tuple[str, bytes | None]]:
    return [(name, None if value is None else base64.b64decode(value)) for name, value in headers]


async def check_offsets(lab: Lab) -> None:
    """I8: the stored offsets are the log's ends, and Kafka's own are never ahead of them."""
    ends = {p: end for p, end in (await logs.ends(lab.bootstrap, [lab.topic])).items() if end}
    stored = await lab.positions()
    assert {p: stored[p] for p in ends} == ends
    known = await logs.committed(lab.bootstrap, lab.group, list(ends))
    assert all(known[p] <= stored[p] for p in ends), "Kafka's offsets are ahead of ours"
