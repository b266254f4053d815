"""Fetching from one mailbox: folder by folder, page by page, each stored before it is touched."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Final, ParamSpec, TypeVar

from services.ingest.account_settings import ImapSettings
from services.ingest.mail_in.door import Addressee, MailDoor
from services.ingest.mail_in.imap_mailbox import (
    FetchRefused,
    FolderRefused,
    ImapMailbox,
    MailboxAway,
)
from services.ingest.metric_names import MAILS_TAKEN
from services.ingest.repository import Accounts
from services.ingest.repository.mailboxes import Cursor, Mailboxes, save_cursor
from services.ingest.usecases.fetch_mails import (
    FetchedPage,
    Held,
    keep_lease,
    store_page,
)

P = ParamSpec("P")
T = TypeVar("T")

_MOST_TRIES: Final = 3
_ROOM_SECONDS: Final = 60.0


@dataclass(slots=True)
class Trouble:
    """Mails of a mailbox, by (folder, UID), at which the connection broke, and how often."""

    tries: dict[tuple[str, int], int] = field(default_factory=dict)

    def note(self, folder: str, uids: Sequence[int]) -> None:
        """The connection broke while these were fetched; one of them may be the reason."""
        alone = len(uids) == 1
        for uid in uids:
            self.tries[folder, uid] = self.tries.get((folder, uid), 0) + alone


@dataclass(frozen=True, slots=True)
class Pace:
    """page: mails at a time. page_bytes: their bytes. poll: seconds between looks."""

    page: int
    page_bytes: int
    poll: float


class Fetch:
    """One mailbox, from the moment that it is leased."""

    def __init__(
        self, door: MailDoor, held: Held, imap: ImapSettings, pace: Pace, trouble: Trouble
    ) -> None:
        self._door = door
        self._held = held
        self._imap = imap
        self._pace = pace
        self._trouble = trouble

    async def run(
        self,
        mailbox: ImapMailbox,
        threads: Executor,
        stop: threading.Event,
        may_stay: Callable[[], bool],
    ) -> None:
        """Fetches what is there, and what comes for as long as `may_stay` says so.

        Raises MailboxAway, FolderRefused, LeaseLost, or what storing raised.
        """
        self._mailbox, self._threads = mailbox, threads
        while not stop.is_set() and await self._is_ours():
            await self._round(stop)
            if stop.is_set() or not may_stay() or not mailbox.idles:
                return
            await self._do(mailbox.wait, self._pace.poll, stop)

    async def _do(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Blocking work in a thread of our own: waiting for mail takes long."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: work(*arguments, **named))

    async def _is_ours(self) -> bool:
        """Whether the mailbox is still ours and its account as it was."""
        account = self._held.account
        async with self._door.unit.begin() as (session, _outbox, now):
            await keep_lease(session, self._held, now)
            found = await Accounts(session).find(account.tenant, account.id)
        return found is not None and found.version == account.version

    async def _round(self, stop: threading.Event) -> None:
        """All folders; one that is refused does not keep the others back."""
        first, *others = dict.fromkeys(self._imap.folders)
        complaint: FolderRefused | None = None
        # The first folder last: it stays open, and news of it come at once.
        for folder in (*others, first):
            try:
                await self._folder(folder, stop)
            except FolderRefused as refused:
                complaint = refused
        if complaint is not None:
            raise complaint

    async def _folder(self, folder: str, stop: threading.Event) -> None:
        validity = await self._do(self._mailbox.open, folder)
        cursor = await self._cursor(folder, validity)
        cursor = await self._settle_rest(cursor)
        # Until nothing is left: what came while the others were moved is not told of in IDLE again.
        while uids := await self._do(self._mailbox.beyond, cursor.last_uid):
            for start in range(0, len(uids), self._pace.page):
                some = uids[start : start + self._pace.page]
                for page, sizes in await self._pages(folder, some):
                    if stop.is_set() or self._door.shortage is not None:
                        return
                    cursor = await self._take(cursor, page, sizes)

    async def _cursor(self, folder: str, validity: int) -> Cursor:
        """Where the folder was left; its beginning, where its UIDs are new ones (RFC 3501 2.3.1.1).

        Mails that are read again then are known by their bytes.
        """
        account = self._held.account
        async with self._door.unit.database.reading() as session:
            cursors = await Mailboxes(session).cursors(account.tenant, account.id)
        known = cursors.get(folder)
        if known is None or known.uid_validity != validity:
            return Cursor(folder, validity, mails=known.mails if known else 0)
        return known

    async def _pages(
        self, folder: str, uids: Sequence[int]
    ) -> list[tuple[list[int], dict[int, int]]]:
        """UIDs that are fetched at once, and their sizes."""
        try:
            sizes = await self._do(self._mailbox.sizes, uids)
        except FetchRefused:
            return [([uid], {}) for uid in uids]
        tries = self._trouble.tries
        suspect = {uid for uid in uids if (folder, uid) in tries}
        return [(page, sizes) for page in _split(uids, sizes, suspect, self._pace.page_bytes)]

    async def _take(self, cursor: Cursor, uids: list[int], sizes: dict[int, int]) -> Cursor:
        """One page: fetched, stored with the cursor, and only then moved or flagged."""
        longest = self._door.longest
        refused: dict[int, tuple[int | None, str]] = {
            uid: (sizes[uid], f"larger than {longest} bytes")
            for uid in uids
            if sizes.get(uid, 0) > longest
        }
        wanted = [uid for uid in uids if uid not in refused]
        need = sum(sizes.get(uid, longest) for uid in wanted)
        addressee = Addressee(self._held.account.tenant, self._held.account.id)
        async with self._door.room.hold(need, _ROOM_SECONDS):
            bodies, failed = await self._bodies(cursor.folder, wanted, sizes)
            refused |= failed
            mails = [await self._door.offered(body, addressee) for body in bodies.values()]
            taken = list(bodies)
            bodies.clear()
            if self._imap.after == "keep":
                cursor = replace(cursor, settled_uid=uids[-1])
            page = FetchedPage(cursor, uids[-1], mails, refused)
            async with self._door.unit.begin() as (session, outbox, now):
                cursor = await store_page(session, outbox, self._held, page, now)
        MAILS_TAKEN.labels("imap").inc(len(taken))
        return await self._settle(cursor, taken)

    async def _bodies(
        self, folder: str, uids: list[int], sizes: dict[int, int]
    ) -> tuple[dict[int, bytes], dict[int, tuple[int | None, str]]]:
        """The mails, and which the server does not give out: those are asked for one by one."""
        bodies = await self._try(folder, uids) if len(uids) > 1 else {}
        refused: dict[int, tuple[int | None, str]] = {}
        for uid in (uid for uid in uids if not bodies.get(uid)):
            if self._trouble.tries.get((folder, uid), 0) >= _MOST_TRIES:
                refused[uid] = sizes.get(uid), "the connection breaks at this mail"
                continue
            try:
                body = (await self._fetched(folder, [uid])).get(uid)
            except FetchRefused as error:
                refused[uid] = sizes.get(uid), str(error)
                continue
            if body:
                bodies[uid] = body
            elif uid in sizes:
                # One that has no size is gone from the folder: nothing to be sorry for.
                refused[uid] = sizes[uid], "the server leaves it out"
        return dict(sorted(bodies.items())), refused

    async def _try(self, folder: str, uids: list[int]) -> dict[int, bytes]:
        try:
            return await self._fetched(folder, uids)
        except FetchRefused:
            return {}

    async def _fetched(self, folder: str, uids: list[int]) -> dict[int, bytes]:
        try:
            return await self._do(self._mailbox.bodies, uids)
        except MailboxAway:
            self._trouble.note(folder, uids)
            raise

    async def _settle_rest(self, cursor: Cursor) -> Cursor:
        """What a process that ended left between COMMIT and moving."""
        if cursor.settled_uid >= cursor.last_uid or self._imap.after == "keep":
            return cursor
        account = self._held.account
        async with self._door.unit.database.reading() as session:
            refused = await Mailboxes(session).refused_uids(account.tenant, account.id, cursor)
        there = await self._do(self._mailbox.beyond, cursor.settled_uid)
        left = [uid for uid in there if uid <= cursor.last_uid and uid not in refused]
        return await self._settle(cursor, left)

    async def _settle(self, cursor: Cursor, uids: list[int]) -> Cursor:
        if self._imap.after == "keep":
            return cursor
        await self._do(self._mailbox.settle, uids)
        settled = replace(cursor, settled_uid=cursor.last_uid)
        async with self._door.unit.begin() as (session, _outbox, now):
            await keep_lease(session, self._held, now)
            await save_cursor(session, self._held.account, settled, now)
        return settled


def _split(
    uids: Sequence[int], sizes: dict[int, int], suspect: set[int], most: int
) -> Iterator[list[int]]:
    """Pages of at most `most` bytes; what may break the connection is a page by itself."""
    page: list[int] = []
    held = 0
    for uid in uids:
        size = sizes.get(uid, 0)
        if page and (held + size > most or uid in suspect or page[-1] in suspect):
            yield page
            page, held = [], 0
        page.append(uid)
        held += size
    if page:
        yield page
