"""What one client address may still do at a chat account, within ten minutes."""

from dataclasses import replace

from services.ingest.rate_limits import RateLimits, Sender
from services.ingest.settings.chat import ChatSettings


class Quota:
    """Counted by address (of IPv6 by /64) and for the whole account: chats by each process, since a
    visitor waits meanwhile; transcripts, which are mailed, with all replicas.
    """

    def __init__(self, limits: RateLimits, sender: Sender, settings: ChatSettings) -> None:
        self._limits, self._sender, self._settings = limits, sender, settings
        self._has_counted = False

    async def chat(self) -> bool:
        """Counts a chat that begins, once however often it is tried; False: it is one too many."""
        self._has_counted = self._has_counted or await self._begin("chat")
        return self._has_counted

    async def invitation(self) -> bool:
        """The same for a visitor who is invited: each is a session that is stored."""
        return await self._begin("invitation")

    async def transcript(self) -> bool:
        """The same for a transcript that is to be mailed."""
        asked = replace(self._sender, counted="transcript")
        settings = self._settings
        return await self._limits.take(
            asked, settings.transcripts_per_address, settings.transcripts_per_account
        )

    async def _begin(self, counted: str) -> bool:
        begun = replace(self._sender, counted=counted)
        settings = self._settings
        return await self._limits.take_here(
            begun, settings.chats_per_address, settings.chats_per_account
        )
