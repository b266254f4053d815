"""Mailboxes fetched from by a process of role tick: each by one process at a time."""

import asyncio
import logging
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Final

from services.ingest.domain.accounts import Account
from services.ingest.mail_in.door import MailDoor
from services.ingest.mail_in.imap_access import AccessKeys, imap_of
from services.ingest.mail_in.imap_fetch import Fetch, Pace, Trouble
from services.ingest.mail_in.imap_mailbox import ImapMailbox, LoginRefused, MailboxAway
from services.ingest.mail_in.room import NoRoom
from services.ingest.repository.mailboxes import (
    lease_mailboxes,
    note_failure,
    release_mailbox,
)
from services.ingest.secrets import SecretMissing, Secrets
from services.ingest.settings import IngestSettings
from services.ingest.usecases.fetch_mails import Held, LeaseLost
from shared.messaging.errors import describe, is_transient
from shared.messaging.ids import new_id

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 1.0
_LONGEST_PAUSE: Final = 900.0
_LOGIN_PAUSE: Final = 60.0
_GRACE_SECONDS: Final = 15.0


class MailboxFetcher:
    """Leases mailboxes that are due, as many as it may have connections, and fetches from them."""

    def __init__(self, door: MailDoor, settings: IngestSettings) -> None:
        self._door = door
        self._settings = settings
        self._keys = AccessKeys(Secrets(settings), settings.imap_timeout)
        self._pace = Pace(settings.imap_page, settings.imap_page_bytes, settings.imap_poll)
        self._trouble: defaultdict[tuple[str, str], Trouble] = defaultdict(Trouble)
        self._active: set[asyncio.Task[None]] = set()

    @property
    def _lease_seconds(self) -> float:
        # A page takes a few answers of the server; nothing else lies between two renewals.
        return self._settings.imap_poll + 5 * self._settings.imap_timeout

    async def run(self, stop: asyncio.Event) -> None:
        """Fetches until `stop` is set; pages that are under way are stored first."""
        ending = threading.Event()
        threads = ThreadPoolExecutor(self._settings.imap_connections, "imap")
        try:
            while not stop.is_set():
                await self._begin(threads, ending)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
        finally:
            ending.set()
            if self._active:
                await asyncio.wait(self._active, timeout=_GRACE_SECONDS)
            for task in self._active:
                task.cancel()
            threads.shutdown(wait=False, cancel_futures=True)

    async def _begin(self, threads: ThreadPoolExecutor, ending: threading.Event) -> None:
        free = self._settings.imap_connections - len(self._active)
        if free <= 0 or self._door.shortage is not None:
            return
        lease, seconds = new_id(), self._lease_seconds
        async with self._door.unit.begin() as (session, _outbox, now):
            accounts = await lease_mailboxes(session, lease, seconds, free, now)
        for account in accounts:
            held = Held(account, lease, seconds)
            task = asyncio.create_task(self._fetch(held, threads, ending))
            self._active.add(task)
            task.add_done_callback(self._active.discard)

    async def _fetch(
        self, held: Held, threads: ThreadPoolExecutor, ending: threading.Event
    ) -> None:
        """One mailbox until there is nothing more to do, or something fails."""
        try:
            await self._connected(held, threads, ending)
        except LeaseLost:
            return
        except LoginRefused as error:
            self._keys.forget(held.account)
            await self._failed(held, str(error), _LOGIN_PAUSE)
        except (MailboxAway, SecretMissing, NoRoom) as error:
            await self._failed(held, _reason(error), self._settings.imap_pause)
        except Exception as error:
            level = logging.WARNING if is_transient(error) else logging.ERROR
            log.log(level, "mailbox fails", extra=_named(held.account) | {"why": describe(error)})
            await self._failed(held, "internal: see the log", self._settings.imap_pause)
        else:
            # At the end of this process the next one goes on at once.
            await self._release(held, 0 if ending.is_set() else self._settings.imap_poll)

    async def _connected(
        self, held: Held, threads: ThreadPoolExecutor, ending: threading.Event
    ) -> None:
        account = held.account
        imap = imap_of(account)
        if imap is None:
            return
        access = await self._keys.of(account, imap)
        loop, seconds = asyncio.get_running_loop(), self._settings.imap_timeout
        mailbox = await loop.run_in_executor(threads, lambda: ImapMailbox(imap, access, seconds))
        trouble = self._trouble[account.tenant, account.id]
        try:
            fetch = Fetch(self._door, held, imap, self._pace, trouble)
            await fetch.run(mailbox, threads, ending, self._may_stay)
        finally:
            await loop.run_in_executor(threads, mailbox.close)

    def _may_stay(self) -> bool:
        """Whether a connection may wait for news: not where others wait for its place."""
        return len(self._active) < self._settings.imap_connections

    async def _release(self, held: Held, seconds: float) -> None:
        async with self._door.unit.begin() as (session, _outbox, now):
            due_at = now + timedelta(seconds=seconds)
            await release_mailbox(session, held.account, held.lease, due_at)

    async def _failed(self, held: Held, reason: str, pause: float) -> None:
        """Shown on the account; tried again after a pause that doubles."""
        log.warning("mailbox fails", extra=_named(held.account))
        try:
            async with self._door.unit.begin() as (session, _outbox, now):
                failures = await note_failure(session, held.account, held.lease, reason, now)
                seconds = min(_LONGEST_PAUSE, pause * 2 ** min(failures - 1, 10))
                due_at = now + timedelta(seconds=seconds)
                await release_mailbox(session, held.account, held.lease, due_at)
        except Exception as error:
            # The lease ends by itself.
            log.warning("mailbox not released", extra={"why": describe(error)})


def _reason(error: Exception) -> str:
    if isinstance(error, SecretMissing):
        return f"secret missing: {error}"
    return str(error) or type(error).__name__


def _named(account: Account) -> dict[str, str]:
    return {"tenant": account.tenant, "account": account.id}
