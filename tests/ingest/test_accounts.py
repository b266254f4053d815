"""Channel accounts of every kind: their settings, their secrets, and what the API shows of them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.accounts import CHANNEL_OF, addresses_for, is_secret_reference_of
from services.ingest.mail_in.account_file import AccountFile, read_accounts
from services.ingest.secrets import SecretMissing, Secrets
from services.ingest.settings import IngestSettings
from shared.messaging import UnitOfWork
from shared.service.settings import BadSettings
from shared.testing.access import Access

IMAP = {"host": "mail.demo.example", "user": "help", "after": "move:Done"}
MAILBOX = {
    "kind": "email",
    "name": "Help",
    "address": "hello@demo.example",
    "settings": {"imap": IMAP},
    "secrets": {"imap-password": "env:INGEST_SECRET_DEMO__IMAP"},
}

NEEDED: dict[str, dict[str, str]] = {
    "whatsapp": {"phone_number_id": "106540352242922"},
    "twilio-sms": {"account_sid": "AC" + "0" * 32},
    "twilio-whatsapp": {"account_sid": "AC" + "0" * 32},
}


async def test_an_account_keeps_its_settings_and_shows_only_the_names_of_its_secrets(
    client: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    made = await client.put("/v1/channels/hello", json=MAILBOX, headers=owner)
    assert made.status_code == 200
    assert (made.json()["settings"], made.json()["secrets"]) == ({"imap": IMAP}, ["imap-password"])
    shown = await client.get("/v1/channels/hello", headers=owner)
    assert shown.headers["etag"] == '"1"'
    assert made.json().items() <= shown.json().items()
    assert "INGEST_SECRET" not in made.text + shown.text
    listed = (await client.get("/v1/channels", headers=owner)).text
    assert "imap-password" in listed
    assert "INGEST_SECRET" not in listed


async def test_secrets_that_are_left_out_stay_and_an_empty_map_takes_them_away(
    client: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    await client.put("/v1/channels/hello", json=MAILBOX, headers=owner)
    without = {name: value for name, value in MAILBOX.items() if name != "secrets"}
    same = await client.put("/v1/channels/hello", json=without, headers=owner)
    assert (same.json()["version"], same.json()["secrets"]) == (1, ["imap-password"])
    bare = await client.put("/v1/channels/hello", json=without | {"secrets": {}}, headers=owner)
    assert (bare.json()["version"], bare.json()["secrets"]) == (2, [])


@pytest.mark.parametrize("kind", sorted(set(CHANNEL_OF) - {"email"}))
async def test_every_kind_can_be_set_up_for_an_adapter(
    client: httpx.AsyncClient, owner: dict[str, str], kind: str
) -> None:
    body = {
        "kind": kind, "name": "X", "address": "handle-7", "delivery": "adapter",
        "settings": NEEDED.get(kind, {}),
    }  # fmt: skip
    answer = await client.put(f"/v1/channels/{kind}", json=body, headers=owner)
    assert (answer.status_code, answer.json()["delivery"]) == (200, "adapter")
    again = await client.put(f"/v1/channels/{kind}-2", json=body, headers=owner)
    shared = kind in ("chat", "form", "webhook")
    assert again.status_code == (200 if shared else 409)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"settings": {"imap": {"user": "help"}}}, 422),
        ({"settings": {"imap": IMAP | {"after": "burn"}}}, 422),
        ({"settings": {"imap": IMAP | {"after": "move:"}}}, 422),
        ({"settings": {"imap": IMAP | {"port": 0}}}, 422),
        ({"settings": {"imap": IMAP | {"folders": []}}}, 422),
        ({"settings": {"imap": IMAP | {"password": "in the open"}}}, 422),
        ({"settings": {"webhook": {"provider": "pigeon"}}}, 422),
        ({"settings": {"fax": True}}, 422),
        ({"secrets": {"imap-password": "hunter2"}}, 422),
        ({"secrets": {"imap-password": "env:DATABASE_URL"}}, 422),
        ({"secrets": {"imap-password": "env:INGEST_SECRET_OTHER__IMAP"}}, 422),
        ({"secrets": {"imap-password": "file:other/imap"}}, 422),
        ({"secrets": {"imap-password": "file:demo/../other/imap"}}, 422),
        ({"secrets": {"imap-password": "file:/etc/passwd"}}, 422),
        ({"delivery": "pigeon"}, 422),
        ({"address": "HELP@other.example"}, 409),
    ],
)
async def test_an_account_that_may_not_be_is_refused(
    client: httpx.AsyncClient, owner: dict[str, str], change: dict[str, Any], status: int
) -> None:
    answer = await client.put("/v1/channels/hello", json=MAILBOX | change, headers=owner)
    assert answer.status_code == status
    assert "hunter2" not in answer.text
    assert "in the open" not in answer.text


async def test_an_account_of_nobody_or_of_another_tenant_is_not_found(
    client: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    assert (await client.get("/v1/channels/of-nobody", headers=owner)).status_code == 404


def test_a_secret_is_read_where_its_reference_leads(
    settings: IngestSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "imap").write_text("from a file\n")
    secrets = Secrets(settings.model_copy(update={"secrets_folder": tmp_path}))
    assert secrets.resolve("file:demo/imap") == "from a file"
    monkeypatch.setenv("INGEST_SECRET_DEMO__IMAP", "from outside")
    assert secrets.resolve("env:INGEST_SECRET_DEMO__IMAP") == "from outside"
    for wrong in ("env:PATH", "env:INGEST_SECRET_DEMO__NONE", "file:demo/none", "file:../x", "hi"):
        with pytest.raises(SecretMissing):
            secrets.resolve(wrong)


def test_tenants_with_similar_names_have_secrets_of_their_own() -> None:
    assert is_secret_reference_of("a-b", "env:INGEST_SECRET_A_B__X")
    assert not is_secret_reference_of("a", "env:INGEST_SECRET_A_B__X")
    assert not is_secret_reference_of("a", "env:INGEST_SECRET_A__B__X")


def test_a_recipient_is_looked_up_with_and_without_its_detail_in_both_spellings() -> None:
    assert addresses_for("Help+T1@Demo.example")[:2] == [
        "help+t1@demo.example",
        "help@demo.example",
    ]
    assert "help@xn--bcher-kva.example" in addresses_for("help@bücher.example")
    assert "help@bücher.example" in addresses_for("help@XN--BCHER-KVA.example")
    assert addresses_for("+x@demo.example") == ["+x@demo.example"]


@given(st.text())
def test_no_recipient_breaks_the_look_up(text: str) -> None:
    assert all("@" in address for address in addresses_for(text))
    assert addresses_for(f"{text}@{text}") is not None


FILED = {
    "accounts": [
        MAILBOX | {"tenant": "demo", "id": "hello"},
        {
            "tenant": "other",
            "id": "hi",
            "kind": "email",
            "name": "H",
            "address": "help@demo.example",
        },
        {"tenant": "other", "id": "page", "kind": "chat", "name": "Page"},
    ]
}


async def test_the_accounts_file_is_set_up_by_every_replica_and_changes_nothing_twice(
    client: httpx.AsyncClient,
    access: Access,
    owner: dict[str, str],
    unit: UnitOfWork,
    tmp_path: Path,
) -> None:
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(FILED))
    for _ in range(2):
        stop = asyncio.Event()
        stop.set()
        replicas = [AccountFile(unit, read_accounts(path)).run(stop) for _ in range(3)]
        await asyncio.gather(*replicas)
    made = (await client.get("/v1/channels/hello", headers=owner)).json()
    assert (made["version"], made["secrets"]) == (1, ["imap-password"])
    theirs = access.service("other", "accounts:read")
    # The address of another tenant's is not given away, and does not keep the others back.
    assert (await client.get("/v1/channels/hi", headers=theirs)).status_code == 404
    assert (await client.get("/v1/channels/page", headers=theirs)).status_code == 200


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "#/"),
        ('{"accounts": [{"tenant": "demo"}]}', "#/accounts/0/"),
        ('{"accounts": [{"tenant": "demo", "id": "x", "kind": "fax", "name": "X"}]}', "kind"),
    ],
)
def test_an_accounts_file_that_cannot_be_is_named_with_the_place(
    tmp_path: Path, text: str, place: str
) -> None:
    path = tmp_path / "accounts.json"
    path.write_text(text)
    with pytest.raises(BadSettings, match=f"INGEST_ACCOUNTS_FILE.*{place}"):
        read_accounts(path)
    with pytest.raises(BadSettings, match="No such file"):
        read_accounts(tmp_path / "none.json")
