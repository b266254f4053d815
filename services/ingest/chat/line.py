"""One visitor's socket as the rest of the process sees it: frames that wait to be sent."""

import asyncio
from collections.abc import Callable, Sequence

from services.ingest.domain.chat.sessions import Key


class Line:
    """cursor: the last entry put in. behind: there are entries to be read for it again.

    What does not fit is read once there is room.
    """

    def __init__(self, key: Key, account: str, cursor: int, most: int) -> None:
        self.key, self.account, self.cursor = key, account, cursor
        self.queue: asyncio.Queue[str] = asyncio.Queue(most)
        self.behind = False
        self.told: dict[str, object] = {}

    @property
    def is_full(self) -> bool:
        """Whether it must wait for its reader."""
        return self.queue.full()

    def offer(self, after: int, entries: Sequence[tuple[int, str]]) -> None:
        """Puts (number, frame) in, in order, those beyond the cursor, as far as there is room.

        after: the entries are the next ones beyond this number. A line that has not come so far
        takes none of them, since those between would never come: it is behind.
        """
        if self.cursor < after:
            self.behind = True
            return
        for seq, frame in entries:
            if seq <= self.cursor:
                continue
            if self.is_full:
                self.behind = True
                return
            self.queue.put_nowait(frame)
            self.cursor = seq

    def push(self, frame: str) -> bool:
        """Puts in what may be lost; whether there was room."""
        if self.is_full:
            return False
        self.queue.put_nowait(frame)
        return True

    def tell(self, kind: str, state: object, frame: Callable[[], str]) -> None:
        """Pushes what is new about `kind`: the same state is told once."""
        if self.told.get(kind) != state and self.push(frame()):
            self.told[kind] = state
