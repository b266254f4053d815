"""Ids from outside stay one segment of the address that is called, whatever they hold."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.ingest.domain.accounts import Kind
from services.ingest.domain.providers.found import Media
from services.ingest.providers.carrier import ProviderCarrier
from services.ingest.providers.media import MediaFetcher, NotFetched
from tests.ingest import networks
from tests.ingest.dispatch import secrets_in
from tests.ingest.fake_providers import serving
from tests.ingest.test_providers_sending import account, leased

ODD = ("../../../metrics?x=", "..", ".", "a/b", "77?x=1", "77#x", "77&x", "%2e%2e/x", "a b", "é\n")


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in networks.environment().items():
        monkeypatch.setenv(name, value)


class Nobody:
    """Answers 404 to all, and keeps what was asked for: path and query as they were sent."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode()
        self.asked.append(scope["raw_path"].decode() + (f"?{query}" if query else ""))
        await Response(status_code=404)(scope, receive, send)


@pytest.fixture
async def nobody() -> AsyncIterator[Nobody]:
    app = Nobody()
    async with serving(app) as app.url:
        yield app


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("whatsapp", "/", ""),
        ("line", "/v2/bot/message/", "/content"),
        ("telegram", f"/bot{networks.KEY}/getFile?file_id=", ""),
    ],
)
async def test_the_id_of_a_file_stays_where_it_belongs_in_the_address(
    kind: Kind, before: str, after: str, nobody: Nobody, tmp_path: Path
) -> None:
    fetcher = MediaFetcher(secrets_in(tmp_path), limit=100, seconds=20.0)
    for id in ODD:
        with pytest.raises(NotFetched, match="404"):
            await fetcher.fetch(account(kind, nobody.url), Media("it", "image/png", id=id))
        assert_between(nobody.asked.pop(), before, id, after)


@pytest.mark.parametrize(
    ("kind", "prefix", "before", "after"),
    [
        ("x", "", "/2/dm_conversations/with/", "/messages"),
        ("messenger", "comment:", "/", "/comments"),
        ("instagram", "comment:", "/", "/replies"),
    ],
)
async def test_a_recipient_stays_where_it_belongs_in_the_address(
    kind: Kind, prefix: str, before: str, after: str, nobody: Nobody, tmp_path: Path
) -> None:
    carrier = ProviderCarrier(secrets_in(tmp_path), seconds=20)
    by = account(kind, nobody.url)
    for id in ODD:
        await carrier.carry(leased(by, to=prefix + id), by)
        assert_between(nobody.asked.pop(), before, id, after)
    await carrier.close()


def assert_between(target: str, before: str, id: str, after: str) -> None:
    """Whether `id` is what lies between, quoted so that nobody takes it for more."""
    assert target.startswith(before)
    assert target.endswith(after)
    quoted = target.removeprefix(before).removesuffix(after)
    assert unquote_plus(quoted) == id
    assert not set(quoted) & set("/?#&")
    assert quoted not in (".", "..") or "?" in before
