"""What customers are promised in public: by host or path, in their language, without a token."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.sla.api.promises import slug_of
from services.sla.app import build
from services.sla.domain.policy import Kind, Policy
from services.sla.usecases.save_policy import lock_policy, save_policy
from shared.service import Service, create_app
from shared.testing.access import Access

TEXTS = {"en": "An answer within an hour.", "de": "Antwort binnen einer Stunde.", "pt-BR": "Oi."}
POLICIES = (
    Policy("gold", "Gold", 0, targets={"normal": {Kind.FIRST_RESPONSE: 60}}, public=TEXTS),
    Policy("quiet", "Said to nobody", 1),
    Policy("french", "Only French", 2, public={"fr": "Demain."}),
)


@pytest.fixture
async def client(service: Service, access: Access) -> AsyncIterator[httpx.AsyncClient]:
    await access.know(service.database, "demo")
    async with service.unit.begin() as (session, _outbox, now):
        before = await lock_policy(session, "demo")
        await save_policy(session, "demo", before, before.followed_by(POLICIES, now))
    settings = service.settings.model_copy(update={"public_domain": "help.example.com"})
    made = build(settings)
    transport = httpx.ASGITransport(app=create_app(made))
    async with httpx.AsyncClient(transport=transport, base_url="http://sla") as client:
        yield client
    await made.database.dispose()


@pytest.mark.parametrize(
    ("lang", "spoken"),
    [("de", "de"), ("DE-at", "de"), ("pt-br", "pt-BR"), ("sv", "en"), (None, "en")],
)
async def test_the_language_asked_for_then_the_tenants_then_any(
    client: httpx.AsyncClient, lang: str | None, spoken: str
) -> None:
    params = {} if lang is None else {"lang": lang}
    answer = await client.get("/t/demo/v1/promises", params=params)
    assert answer.status_code == 200
    gold, french = answer.json()["promises"]
    assert gold == {"id": "gold", "name": "Gold", "text": TEXTS[spoken], "language": spoken}
    assert (french["id"], french["language"]) == ("french", "fr")
    assert answer.headers["cache-control"] == "public, max-age=60"


async def test_a_tenants_own_host_says_the_same(client: httpx.AsyncClient) -> None:
    by_host = await client.get("/v1/promises", headers={"Host": "Demo.help.example.com:8443"})
    assert by_host.json() == (await client.get("/t/demo/v1/promises")).json()


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/t/unknown/v1/promises", "sla"),
        ("/v1/promises", "sla"),
        ("/v1/promises", "unknown.help.example.com"),
        ("/v1/promises", "help.example.com"),
        ("/v1/promises", "demo.elsewhere.example.com"),
    ],
)
async def test_a_tenant_that_is_not_served_here_is_not_found(
    client: httpx.AsyncClient, path: str, host: str
) -> None:
    assert (await client.get(path, headers={"Host": host})).status_code == 404


async def test_nonsense_is_no_language(client: httpx.AsyncClient) -> None:
    assert (await client.get("/t/demo/v1/promises?lang=a;b")).status_code == 422


def test_a_slug_is_one_label_before_the_domain() -> None:
    assert slug_of("demo.help.example.com.", "Help.example.com") == "demo"
    assert slug_of("a.b.help.example.com", "help.example.com") is None
    assert slug_of("demo.help.example.com", None) is None
