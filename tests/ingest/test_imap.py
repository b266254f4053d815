"""Mailboxes fetched from a real IMAP server: every mail once, and none blocks the others."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from services.ingest import tables
from services.ingest.account_form import SetUpAccount
from services.ingest.mail_in import imap_fetch
from services.ingest.mail_in.door import MailDoor
from services.ingest.mail_in.imap_mailbox import ImapMailbox
from services.ingest.mail_in.imap_worker import MailboxFetcher
from services.ingest.pressure import Pressure
from services.ingest.settings import IngestSettings
from services.ingest.usecases.set_up_account import set_up_account
from shared.storage import BlobStore
from tests.ingest import dovecot
from tests.ingest.dovecot import Dovecot
from tests.ingest.mailroom import Mailroom, letter

SECRET = "INGEST_SECRET_DEMO__IMAP"


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    if dovecot.PROGRAM is None:
        pytest.skip(dovecot.MISSING)
    with dovecot.running() as made:
        yield made


@pytest.fixture
def user(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A mailbox of each test's own."""
    monkeypatch.setenv(SECRET, dovecot.PASSWORD)
    return f"user{abs(hash(request.node.name))}"


class Post:
    """An account with a mailbox, and processes that fetch from it."""

    def __init__(self, mailroom: Mailroom, blobs: BlobStore, settings: IngestSettings) -> None:
        self.mailroom = mailroom
        self._blobs = blobs
        self._settings = settings

    async def set_up(self, server: Dovecot, user: str, **imap: Any) -> None:
        settings = {"host": "127.0.0.1", "port": server.port, "tls": "none", "user": user} | imap
        form = SetUpAccount(
            kind="email", address="help@demo.example", name="Help",
            settings={"imap": settings}, secrets={"imap-password": f"env:{SECRET}"},
        )  # fmt: skip
        async with self.mailroom.unit.begin() as (session, _outbox, now):
            await set_up_account(session, form.wanted("demo", "mail"), lambda _: None, now)

    @contextlib.asynccontextmanager
    async def fetching(self, **changed: Any) -> AsyncIterator[Pressure]:
        """A process of role tick, whose pressure is looked at once."""
        ours = self._settings.model_copy(update={"imap_pause": 0.05, "imap_timeout": 10} | changed)
        unit = self.mailroom.unit
        pressure = Pressure(unit.database, ours)
        await pressure.look()
        door = MailDoor(
            unit, self._blobs, pressure, memory=ours.mail_memory, longest=ours.mail_limit
        )
        stop = asyncio.Event()
        task = asyncio.create_task(MailboxFetcher(door, ours).run(stop))
        try:
            yield pressure
        finally:
            stop.set()
            await task

    async def until(self, count: int, seconds: float = 30) -> list[Any]:
        """The raw mails once there are so many."""
        deadline = time.monotonic() + seconds
        while len(rows := list(await self.mailroom.rows(tables.raw_mail))) < count:
            assert time.monotonic() < deadline, f"{len(rows)} of {count} mails"
            await asyncio.sleep(0.05)
        return rows

    async def until_failed(self) -> None:
        """Waits until a fetch has failed."""
        deadline = time.monotonic() + 15
        while not any(row.failures for row in await self.mailroom.rows(tables.mailbox)):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)

    async def until_true(self, holds: Callable[[], bool], seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while not await asyncio.to_thread(holds):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


@pytest.fixture
def post(mailroom: Mailroom, blobs: BlobStore, settings: IngestSettings) -> Post:
    return Post(mailroom, blobs, settings)


def mail_number(number: int) -> bytes:
    return letter(f"<{number}@x>", f"Mail {number}")


async def test_300_mails_of_several_folders_are_fetched_once_each_and_byte_for_byte(
    server: Dovecot, user: str, post: Post
) -> None:
    sent = [mail_number(number) for number in range(300)]
    for number, raw in enumerate(sent):
        server.deliver(user, raw, folder="Sales" if number % 3 == 0 else "")
    await post.set_up(server, user, folders=["INBOX", "Sales"])
    async with post.fetching(imap_page=70), post.fetching(imap_page=70):
        rows = await post.until(300)
        server.deliver(user, mail_number(300))
        rows = await post.until(301)
    assert sorted(row.body for row in rows) == sorted([*sent, mail_number(300)])
    assert len(await post.mailroom.announced()) == 301
    assert server.count(user) == 201


async def test_a_process_that_ends_in_the_middle_leaves_the_rest_to_the_next(
    server: Dovecot, user: str, post: Post
) -> None:
    for number in range(100):
        server.deliver(user, mail_number(number))
    await post.set_up(server, user)
    async with post.fetching(imap_page=5):
        some = len(await post.until(10))
    cursors = await post.mailroom.rows(tables.mailbox_folder)
    stored = len(await post.mailroom.rows(tables.raw_mail))
    assert some <= stored == cursors[0].mails == cursors[0].last_uid < 100
    async with post.fetching(imap_page=50):
        await post.until(100)
    assert len(await post.mailroom.announced()) == 100
    [cursor] = await post.mailroom.rows(tables.mailbox_folder)
    assert (cursor.mails, cursor.last_uid) == (100, 100)


async def test_a_mail_that_cannot_be_fetched_is_listed_and_the_others_come(
    server: Dovecot,
    user: str,
    post: Post,
    client: httpx.AsyncClient,
    owner: dict[str, str],
) -> None:
    if os.geteuid() != 0:
        pytest.skip("skipped: only root can make a mail that dovecot cannot read")
    for number in range(20):
        server.deliver(user, mail_number(number), readable=number != 7)
    server.deliver(user, letter("<big@x>", "big " * 20_000))
    await post.set_up(server, user, after="move:Done")
    async with post.fetching(mail_limit=50_000):
        await post.until(19)
        await post.until_true(lambda: server.count(user) == 2)
    listed = await client.get("/v1/channels/mail/refused-mails", headers=owner)
    found = {item["uid"]: item for item in listed.json()["items"]}
    assert sorted(found) == [8, 21]
    assert found[21]["size"] > 80_000
    assert "larger than 50000" in found[21]["reason"]
    shown = (await client.get("/v1/channels/mail", headers=owner)).json()["mailbox"]
    assert shown["folders"] == [{"name": "INBOX", "mails": 19}]
    assert shown["fetched_at"]


async def test_mails_are_moved_only_once_they_are_stored(
    server: Dovecot, user: str, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        server.deliver(user, mail_number(number))
    await post.set_up(server, user, after="move:Done")

    async def broken(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(imap_fetch, "store_page", broken)
        async with post.fetching():
            await post.until_failed()
    assert server.count(user) == 5
    with monkeypatch.context() as patch:
        patch.setattr(ImapMailbox, "settle", lambda *_: (_ for _ in ()).throw(OSError("gone")))
        async with post.fetching():
            await post.until(5)
    assert server.count(user) == 5
    async with post.fetching():
        await post.until_true(lambda: server.count(user) == 0)
    assert server.count(user, "Done") == 5
    assert len(await post.mailroom.announced()) == 5


@pytest.mark.parametrize(("after", "left"), [("flag", 3), ("delete", 0), ("keep", 3)])
async def test_mails_are_flagged_deleted_or_kept(
    server: Dovecot, user: str, post: Post, after: str, left: int
) -> None:
    for number in range(3):
        server.deliver(user, mail_number(number))
    await post.set_up(server, user, after=after)
    async with post.fetching():
        await post.until(3)
        await post.until_true(lambda: server.count(user) == left)

        def seen() -> int:
            with server.login(user) as client:
                client.select_folder("INBOX", readonly=True)
                return len(client.search("SEEN"))

        await post.until_true(lambda: seen() == (3 if after == "flag" else 0))


async def test_a_new_mail_wakes_the_connection_long_before_the_next_poll(
    server: Dovecot, user: str, post: Post
) -> None:
    server.deliver(user, mail_number(0))
    await post.set_up(server, user)
    async with post.fetching(imap_poll=300):
        await post.until(1)
        await asyncio.sleep(0.5)
        begun = time.monotonic()
        server.deliver(user, mail_number(1))
        # dovecot looks into its folder by inotify, or every 30 s where there is none.
        with server.login(user) as client:
            client.append("INBOX", mail_number(2))
        await post.until(3, 20)
        assert time.monotonic() - begun < 15


async def test_mails_that_come_while_others_are_moved_do_not_wait_for_the_next_poll(
    server: Dovecot, user: str, post: Post
) -> None:
    server.deliver(user, mail_number(0))
    await post.set_up(server, user, after="move:Done")

    def deliver() -> None:
        with server.login(user) as client:
            for number in range(1, 60):
                client.append("INBOX", mail_number(number))

    async with post.fetching(imap_poll=300, imap_page=3):
        await asyncio.to_thread(deliver)
        await post.until(60, 30)
        await post.until_true(lambda: server.count(user) == 0)


async def test_other_uids_are_read_from_the_start_and_known_by_their_bytes(
    server: Dovecot, user: str, post: Post
) -> None:
    for number in range(4):
        server.deliver(user, mail_number(number))
    await post.set_up(server, user)
    async with post.fetching():
        await post.until(4)
    async with post.mailroom.unit.begin() as (session, _outbox, _now):
        await session.execute(tables.mailbox_folder.update().values(uid_validity=1, last_uid=900))
    server.deliver(user, mail_number(4))
    async with post.fetching(imap_poll=0.1):
        await _due(post)
        await post.until(5)
    assert len(await post.mailroom.announced()) == 5


async def test_a_wrong_password_is_shown_and_a_corrected_one_is_tried_at_once(
    server: Dovecot,
    user: str,
    post: Post,
    client: httpx.AsyncClient,
    owner: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.deliver(user, mail_number(0))
    monkeypatch.setenv(SECRET, "wrong")
    await post.set_up(server, user)
    async with post.fetching():
        await post.until_failed()
        shown = (await client.get("/v1/channels/mail", headers=owner)).json()["mailbox"]
        assert shown["error"].startswith("login:")
        assert "wrong" not in shown["error"]
        monkeypatch.setenv(SECRET, dovecot.PASSWORD)
        await post.set_up(server, user, folders=["INBOX", "None"])
        await post.until(1)


async def test_under_pressure_fetching_rests(server: Dovecot, user: str, post: Post) -> None:
    server.deliver(user, mail_number(0))
    await post.set_up(server, user)
    async with post.fetching(free_disk=2**60) as pressure:
        assert pressure.shortage == "disk"
        await asyncio.sleep(1.5)
    assert await post.mailroom.rows(tables.raw_mail) == []
    async with post.fetching():
        await post.until(1)


async def test_a_folder_that_is_not_there_does_not_keep_the_others_back(
    server: Dovecot, user: str, post: Post
) -> None:
    server.deliver(user, mail_number(0))
    await post.set_up(server, user, folders=["None", "INBOX"])
    async with post.fetching():
        await post.until(1)


async def _due(post: Post) -> None:
    async with post.mailroom.unit.begin() as (session, _outbox, now):
        await session.execute(tables.mailbox.update().values(due_at=now))
