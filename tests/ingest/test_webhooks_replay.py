"""Webhooks that nobody here wrote: every person's message, every status, the rest by name."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.ingest.domain.deliveries import Delivery
from services.ingest.domain.providers.found import Ignored, Post, Status
from services.ingest.domain.social import revision
from services.ingest.repository.deliveries import insert_deliveries
from services.ingest.settings import IngestSettings
from services.ingest.tables import delivery as deliveries
from services.ingest.tables import delivery_status
from shared.contracts.deliveries import DeliveryRead
from shared.messaging import new_id
from tests.conformance.mails import DATA
from tests.conformance.webhooks import bodies, found, is_understood
from tests.ingest import networks
from tests.ingest.conversing import Switchboard
from tests.ingest.fake_providers import at_work
from tests.ingest.mailroom import Mailroom
from tests.ingest.networks import open_networks, send

pytestmark = pytest.mark.skipif(
    not (DATA / "webhooks").is_dir(), reason=f"there are no reference webhooks in {DATA}"
)


def told(network: str) -> dict[str, Any]:
    every = list(found(network))
    posts = {(one.thread, one.id, revision(one)) for one in every if isinstance(one, Post)}
    return {
        "posts": sum(isinstance(one, Post) for one in every),
        "different posts": len(posts),
        "statuses": Counter(one.kind for one in every if isinstance(one, Status)),
        "ignored": Counter(one.name for one in every if isinstance(one, Ignored)),
    }


@pytest.mark.parametrize("network", ["whatsapp", "line"])
def test_reference_webhooks_say_nothing_that_is_not_understood(network: str) -> None:
    counts = told(network)
    print(f"\n{network}: {counts}")
    assert counts["posts"] > 0
    assert all(map(is_understood, found(network)))


async def test_every_persons_message_is_a_message_and_every_status_a_delivery(
    client: httpx.AsyncClient,
    mailroom: Mailroom,
    settings: IngestSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in networks.environment().items():
        monkeypatch.setenv(name, value)
    async with at_work() as providers:
        await open_networks(mailroom.unit, api_base=providers.url)
        board = Switchboard(mailroom, settings)
        taken: Counter[str] = Counter()
        for network in ("whatsapp", "line"):
            for _name, body in bodies(network):
                answer = await send(client, network, body)
                assert answer.status_code == 200
                taken.update({f"{network} {what}": n for what, n in answer.json().items()})
        await sent_before(mailroom, {id for id, _ in statuses()})
        await board.consume()
    messages = await board.received()
    print(f"\n{dict(taken)}, messages: {dict(Counter(m.account for m in messages))}")
    for network in ("whatsapp", "line"):
        counts = told(network)
        assert taken[f"{network} posts"] == counts["posts"]
        assert taken[f"{network} statuses"] == counts["statuses"].total()
        assert taken[f"{network} ignored"] == counts["ignored"].total()
        kept = [message for message in messages if message.account == network]
        assert len(kept) == counts["different posts"]
        assert all(message.text or message.attachments for message in kept)
    waiting = len(await mailroom.rows(delivery_status))
    assert waiting == len(set(statuses()))
    assert await board.apply_statuses() == waiting
    assert await mailroom.rows(delivery_status) == []
    rows = await mailroom.rows(deliveries)
    assert all(row.read_at for row in rows)
    assert len(await mailroom.announced(DeliveryRead)) == len(rows)


def statuses() -> Iterator[tuple[str, str]]:
    """The provider's id and the kind of each status; played is read."""
    for one in found("whatsapp"):
        if isinstance(one, Status):
            yield str(one.id), one.kind


async def sent_before(mailroom: Mailroom, ids: set[str]) -> None:
    """Answers that went out, which the provider calls by these ids."""
    async with mailroom.unit.begin() as (session, _outbox, now):
        made = [
            Delivery(
                tenant="demo", request_id=new_id(), conversation_id=new_id(), ticket_id=None,
                kind="reply", channel="social", account="whatsapp", recipient="+972987654321",
                requested_by="agent-1", queued_at=now, due_at=now, cause_id=new_id(), cause_hops=1,
                cause_traceparent=None, state="sent", attempts=1, provider_id=id,
            )
            for id in sorted(ids)
        ]  # fmt: skip
        await insert_deliveries(session, made, now)
