"""Answers of others by HTTP: never more in memory than their limit, however they are packed."""

import gzip
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.responses import Response

from services.ingest.domain.providers.found import Media
from services.ingest.http_answers import JSON_LIMIT
from services.ingest.providers.calls import Call, Line
from services.ingest.providers.media import MediaFetcher, NotFetched
from services.ingest.providers.tone import Classifier
from tests.ingest import networks
from tests.ingest.dispatch import secrets_in
from tests.ingest.fake_providers import Providers, at_work
from tests.ingest.test_providers_sending import account

MUCH = 64 * 1024 * 1024


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in networks.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def providers() -> AsyncIterator[Providers]:
    async with at_work() as made:
        yield made


@pytest.fixture
def bomb() -> Response:
    """A few hundred bytes that stand for 64 MiB, packed twice."""
    packed = gzip.compress(gzip.compress(bytes(MUCH)))
    return Response(packed, headers={"content-encoding": "gzip, gzip"})


async def test_a_file_that_unpacks_to_much_more_is_not_fetched(
    providers: Providers, bomb: Response, tmp_path: Path
) -> None:
    fetcher = MediaFetcher(secrets_in(tmp_path), limit=MUCH // 2, seconds=20.0)
    providers.plan.append(bomb)
    file = Media("picture", "image/png", url=f"{providers.url}/files/77")
    tracemalloc.start()
    try:
        with pytest.raises(NotFetched, match="compressed"):
            await fetcher.fetch(account("messenger", providers.url), file)
        assert tracemalloc.get_traced_memory()[1] < MUCH // 8
    finally:
        tracemalloc.stop()


async def test_where_a_file_lies_is_not_read_without_limit(
    providers: Providers, bomb: Response, tmp_path: Path
) -> None:
    fetcher = MediaFetcher(secrets_in(tmp_path), limit=100, seconds=20.0)
    long = Response(b'{"url": "' + b"x" * JSON_LIMIT + b'"}')
    providers.plan.extend([bomb, long, long])
    with pytest.raises(NotFetched, match="three attempts"):
        await fetcher.fetch(
            account("whatsapp", providers.url), Media("picture", "image/png", id="77")
        )
    assert providers.calls == 3


async def test_a_providers_answer_to_a_call_is_its_status_where_it_is_packed_or_too_long(
    providers: Providers, bomb: Response
) -> None:
    line = Line(20.0)
    packed = Response(gzip.compress(b'{"id": 1}'), headers={"content-encoding": "gzip"})
    providers.plan.extend([bomb, packed, Response(b'{"id": "' + b"x" * JSON_LIMIT + b'"}')])
    for _ in range(3):
        answer = await line.post(Call(f"{providers.url}/", raw=b"{}"))
        assert (answer.is_good, answer.body) == (True, {})
    await line.close()


async def test_a_tone_that_is_told_at_length_is_unknown(
    providers: Providers, bomb: Response
) -> None:
    said = b'{"sentiment": "negative"}'
    providers.plan.extend([bomb, Response(said + b" " * JSON_LIMIT), Response(said)])
    classifier = Classifier(f"{providers.url}/", 20.0)
    heard = [await classifier.judge("Wo ist es?", "de") for _ in range(3)]
    assert heard == ["unknown", "unknown", "negative"]


async def test_plain_bytes_are_asked_for(providers: Providers) -> None:
    line = Line(20.0)
    await line.post(Call(f"{providers.url}/", raw=b"{}"))
    await line.close()
    assert providers.encodings == ["identity"]
