"""Logging in to mailboxes by OAuth2, and a server that hangs up at one mail."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.ingest import tables
from services.ingest.account_form import SetUpAccount
from services.ingest.domain.accounts import Account
from services.ingest.mail_in.door import MailDoor
from services.ingest.mail_in.imap_access import AccessKeys, imap_of
from services.ingest.mail_in.imap_mailbox import Access, LoginRefused, MailboxAway
from services.ingest.mail_in.imap_worker import MailboxFetcher
from services.ingest.pressure import Pressure
from services.ingest.secrets import SecretMissing, Secrets
from services.ingest.settings import IngestSettings
from services.ingest.usecases.set_up_account import set_up_account
from shared.storage import BlobStore
from tests.ingest.imap_fake import FakeImap, FakeTokens, served
from tests.ingest.mailroom import Mailroom, letter

SPACE = "INGEST_SECRET_DEMO__"
REFERENCES = {
    "oauth-refresh-token": f"env:{SPACE}REFRESH",
    "oauth-client-secret": f"env:{SPACE}CLIENT",
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{SPACE}REFRESH", "refresh-me")
    monkeypatch.setenv(f"{SPACE}CLIENT", "client-secret")


def oauth_account(url: str, **imap: Any) -> Account:
    now = datetime.now(UTC)
    settings = {
        "host": "127.0.0.1", "tls": "none", "user": "help", "auth": "oauth2",
        "oauth": {"token_url": url, "client_id": "desk", "scope": "mail"},
    } | imap  # fmt: skip
    return Account(
        "demo", "mail", "email", "help@demo.example", "Help", 1, now, now,
        settings={"imap": settings}, secrets=REFERENCES,
    )  # fmt: skip


async def test_a_token_is_asked_for_once_and_again_when_it_ends_or_is_not_believed(
    settings: IngestSettings,
) -> None:
    keys = AccessKeys(Secrets(settings), 5)
    with served(FakeTokens()) as tokens:
        account = oauth_account(tokens.url)
        imap = imap_of(account)
        assert imap is not None
        for _ in range(3):
            assert await keys.of(account, imap) == Access("fresh", token=True)
        assert tokens.asked == [
            {
                "grant_type": ["refresh_token"], "client_id": ["desk"], "scope": ["mail"],
                "refresh_token": ["refresh-me"], "client_secret": ["client-secret"],
            }
        ]  # fmt: skip
        tokens.answer = {"access_token": "short", "expires_in": 1}
        keys.forget(account)
        for _ in range(2):
            assert await keys.of(account, imap) == Access("short", token=True)
        assert len(tokens.asked) == 3
        tokens.status = 400
        with pytest.raises(LoginRefused):
            await keys.of(account, imap)
        tokens.status = 503
        with pytest.raises(MailboxAway):
            await keys.of(account, imap)
    with pytest.raises(MailboxAway):
        await keys.of(account, imap)


async def test_a_secret_that_is_not_there_is_named_by_its_reference(
    settings: IngestSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"{SPACE}REFRESH")
    account = oauth_account("http://127.0.0.1:1/token")
    imap = imap_of(account)
    assert imap is not None
    with pytest.raises(SecretMissing, match="REFRESH"):
        await AccessKeys(Secrets(settings), 5).of(account, imap)


@pytest.mark.parametrize(("gone", "shown"), [(True, "secret missing"), (False, "refused")])
async def test_a_mailbox_that_cannot_be_reached_says_why(
    settings: IngestSettings,
    mailroom: Mailroom,
    blobs: BlobStore,
    client: httpx.AsyncClient,
    owner: dict[str, str],
    gone: bool,
    shown: str,
) -> None:
    imap = {"host": "127.0.0.1", "port": 1, "tls": "none", "user": "help"}
    reference = f"env:{SPACE}{'NONE' if gone else 'CLIENT'}"
    body = {
        "kind": "email", "name": "Help", "address": "help@demo.example",
        "settings": {"imap": imap}, "secrets": {"imap-password": reference},
    }  # fmt: skip
    assert (await client.put("/v1/channels/mail", json=body, headers=owner)).is_success
    door = MailDoor(
        mailroom.unit, blobs, Pressure(mailroom.unit.database, settings),
        memory=settings.mail_memory, longest=settings.mail_limit,
    )  # fmt: skip
    stop = asyncio.Event()
    fetching = asyncio.create_task(MailboxFetcher(door, settings).run(stop))
    deadline = time.monotonic() + 15
    while not any(row.failures for row in await mailroom.rows(tables.mailbox)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    stop.set()
    await fetching
    mailbox = (await client.get("/v1/channels/mail", headers=owner)).json()["mailbox"]
    assert shown in mailbox["error"].lower()
    assert mailbox["failures"] >= 1


async def test_a_server_that_hangs_up_at_one_mail_gives_the_others(
    settings: IngestSettings, mailroom: Mailroom, blobs: BlobStore
) -> None:
    mails = {uid: letter(f"<{uid}@x>", f"Mail {uid}") for uid in (1, 2, 3, 9)}
    ours = settings.model_copy(update={"imap_pause": 0.02, "imap_poll": 0.1, "imap_timeout": 5})
    door = MailDoor(
        mailroom.unit, blobs, Pressure(mailroom.unit.database, ours),
        memory=ours.mail_memory, longest=ours.mail_limit,
    )  # fmt: skip
    with served(FakeTokens()) as tokens, served(FakeImap("fresh", mails, {2})) as server:
        settings_of = oauth_account(tokens.url, port=server.port).settings
        form = SetUpAccount(
            kind="email", address="help@demo.example", name="Help",
            settings=dict(settings_of), secrets=REFERENCES,
        )  # fmt: skip
        async with mailroom.unit.begin() as (session, _outbox, now):
            await set_up_account(session, form.wanted("demo", "mail"), lambda _: None, now)
        stop = asyncio.Event()
        fetching = asyncio.create_task(MailboxFetcher(door, ours).run(stop))
        deadline = time.monotonic() + 30
        while len(await mailroom.rows(tables.mailbox_refused)) < 1:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        while len(rows := await mailroom.rows(tables.raw_mail)) < 3:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        stop.set()
        await fetching
        assert server.logins >= 4
        assert len(tokens.asked) == 1
    assert sorted(row.body for row in rows) == sorted(mails[uid] for uid in (1, 3, 9))
    [refused] = await mailroom.rows(tables.mailbox_refused)
    assert (refused.uid, refused.reason) == (2, "the connection breaks at this mail")
