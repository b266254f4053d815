"""Files of posts: fetched where they may be fetched, and never the reason to lose a post."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from services.ingest.domain.accounts import Kind
from services.ingest.domain.providers.found import Media
from services.ingest.providers.media import MediaFetcher, NotFetched
from tests.ingest import networks
from tests.ingest.dispatch import secrets_in
from tests.ingest.fake_providers import Providers, at_work
from tests.ingest.test_providers_sending import account

PICTURE = b"\x89PNG and more"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in networks.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def providers() -> AsyncIterator[Providers]:
    async with at_work() as made:
        made.files["77"] = PICTURE
        yield made


@pytest.fixture
def fetcher(tmp_path: Path) -> MediaFetcher:
    return MediaFetcher(secrets_in(tmp_path), limit=100, seconds=20.0)


async def fetched(
    fetcher: MediaFetcher, providers: Providers, kind: Kind, **media: Any
) -> tuple[bytes, str]:
    file = Media("picture", "application/octet-stream", **media)
    return await fetcher.fetch(account(kind, providers.url), file)


@pytest.mark.parametrize("kind", ["whatsapp", "telegram", "line"])
async def test_a_file_is_fetched_by_its_id(
    kind: Kind, fetcher: MediaFetcher, providers: Providers
) -> None:
    assert await fetched(fetcher, providers, kind, id="77") == (PICTURE, "image/png")


@pytest.mark.parametrize("kind", ["twilio-sms", "messenger"])
async def test_a_file_is_fetched_by_its_address_also_when_it_has_moved(
    kind: Kind, fetcher: MediaFetcher, providers: Providers
) -> None:
    for folder in ("files", "moved"):
        data, _ = await fetched(fetcher, providers, kind, url=f"{providers.url}/{folder}/77")
        assert data == PICTURE


async def test_a_passing_failure_is_tried_again_and_not_for_ever(
    fetcher: MediaFetcher, providers: Providers
) -> None:
    providers.plan.extend([Response(status_code=503), Response(status_code=429)])
    assert (await fetched(fetcher, providers, "line", id="77"))[0] == PICTURE
    calls = providers.calls
    providers.plan.extend(Response(status_code=503) for _ in range(9))
    with pytest.raises(NotFetched, match="three attempts"):
        await fetched(fetcher, providers, "line", id="77")
    assert providers.calls == calls + 3


async def test_what_is_gone_or_too_large_is_not_asked_for_again(
    fetcher: MediaFetcher, providers: Providers
) -> None:
    with pytest.raises(NotFetched, match="404"):
        await fetched(fetcher, providers, "line", id="none")
    providers.files["big"] = b"x" * 101
    with pytest.raises(NotFetched, match="larger than 100 bytes"):
        await fetched(fetcher, providers, "line", id="big")
    assert providers.calls == 2


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1/admin", "https://localhost/x", "https://evil.example/fbcdn.net",
     "https://fbcdn.net.evil.example/x", "https://evilfbcdn.net/x", "https://a.fbcdn.net:8443/x",
     "http://a.fbcdn.net/x", "file:///etc/passwd", "https://[::1]/x", "https://obs.line.me/x"],
)  # fmt: skip
async def test_only_the_providers_own_hosts_are_asked(
    url: str, fetcher: MediaFetcher, providers: Providers
) -> None:
    with pytest.raises(NotFetched, match="not the provider's"):
        await fetched(fetcher, providers, "messenger", url=url)


async def test_a_file_that_moves_elsewhere_is_not_followed(
    fetcher: MediaFetcher, providers: Providers
) -> None:
    providers.plan.append(Response(status_code=302, headers={"location": "http://127.0.0.1:1/x"}))
    with pytest.raises(NotFetched, match="not the provider's"):
        await fetched(fetcher, providers, "messenger", url=f"{providers.url}/files/77")
    providers.plan.extend(
        Response(status_code=302, headers={"location": "/files/77"}) for _ in range(4)
    )
    with pytest.raises(NotFetched, match="place to place"):
        await fetched(fetcher, providers, "messenger", url=f"{providers.url}/files/77")


@pytest.mark.parametrize(
    "url", ["https://a.fbcdn.net/\x01", "https://a.fbcdn.net/" + "x" * 70_000]
)  # fmt: skip
async def test_an_address_that_is_none_is_not_fetched(
    url: str, fetcher: MediaFetcher, providers: Providers
) -> None:
    with pytest.raises(NotFetched, match="its address is none"):
        await fetched(fetcher, providers, "messenger", url=url)


async def test_a_file_that_is_not_encoded_as_it_says_is_not_fetched(
    fetcher: MediaFetcher, providers: Providers
) -> None:
    broken = {"content-encoding": "gzip"}
    providers.plan.extend(Response(PICTURE, headers=broken) for _ in range(3))
    with pytest.raises(NotFetched):
        await fetched(fetcher, providers, "messenger", url=f"{providers.url}/files/77")
