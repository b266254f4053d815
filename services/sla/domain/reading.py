"""How far the ticket events have been read: whether silence may be taken for an answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

UNREAD_FOR = timedelta(seconds=2)
UNHEARD_FOR = timedelta(seconds=5)
LONGEST_WAIT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Reading:
    """One partition. oldest_unread_at: when the first record that is not read was written.

    spell_started_at: since when it has been behind; None while it is not.
    """

    oldest_unread_at: datetime | None
    updated_at: datetime
    spell_started_at: datetime | None = None

    def spell(self, now: datetime) -> datetime | None:
        """Since when the consumer has been behind; None if it is not.

        Behind: a record has lain unread for more than 2 s, or nobody has looked for 5 s.
        """
        if self.oldest_unread_at is not None and now - self.oldest_unread_at > UNREAD_FOR:
            return self.spell_started_at or self.oldest_unread_at + UNREAD_FOR
        if now - self.updated_at > UNHEARD_FOR:
            return self.spell_started_at or self.updated_at + UNHEARD_FOR
        return None

    def followed_by(
        self, oldest_unread_at: datetime | None, now: datetime, restarted: bool
    ) -> "Reading":
        """The next look at the same partition. A restart starts a spell."""
        found = Reading(oldest_unread_at, now)
        before = None if restarted else self.spell(now)
        if oldest_unread_at is None:
            return found
        behind = now - oldest_unread_at > UNREAD_FOR
        return Reading(oldest_unread_at, now, (before or now) if behind or restarted else None)


def waits_until(due_at: datetime, spell: datetime | None, started_at: datetime) -> datetime | None:
    """Until when a breach waits for an answer that may lie unread; None if it does not wait.

    At most 60 s from its due instant, or from the start of the spell; a process that has started
    since then starts one.
    """
    return None if spell is None else max(due_at, spell, started_at) + LONGEST_WAIT
