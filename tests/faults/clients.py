"""Clients of the HTTP intake that send again until they are answered, as real ones must."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import httpx

from deploy.local.ports import free_port
from shared.contracts.inbound import InboundChatMessageSent
from shared.messaging.ids import derived_id
from tests.faults.invariants import first_ones, published
from tests.faults.lab import Lab


class Clients:
    """Sessions that hand in contacts, each one after the other, and all of them at once."""

    def __init__(self, sessions: Sequence[str], contacts: int) -> None:
        self.port = free_port()
        self.answers: dict[str, UUID] = {}
        self.refused: set[str] = set()
        self._sessions = sessions
        self._contacts = contacts

    async def run(self) -> None:
        """Sends everything until all of it is answered with 202 (422 counts as refused)."""
        async with httpx.AsyncClient(timeout=10) as client:
            await asyncio.gather(*(self._talk(client, session) for session in self._sessions))

    def ids(self, session: str) -> list[str]:
        """The client ids of a session, in the order in which they are sent."""
        return [f"{session}-{number}" for number in range(self._contacts)]

    async def _talk(self, client: httpx.AsyncClient, session: str) -> None:
        for client_id in self.ids(session):
            while (answer := await self._post(client, session, client_id)) is None:
                await asyncio.sleep(0.05)
            if answer.status_code == 202:
                self.answers[client_id] = UUID(answer.text)
            else:
                self.refused.add(client_id)

    async def _post(
        self, client: httpx.AsyncClient, session: str, client_id: str
    ) -> httpx.Response | None:
        body = {"client_id": client_id, "session": session, "text": f"I am {client_id}"}
        try:
            answer = await client.post(f"http://127.0.0.1:{self.port}/contacts", json=body)
        except httpx.TransportError:
            return None
        return None if answer.status_code == 503 else answer

    async def check(self, lab: Lab) -> None:
        """Each answered contact is stored and announced once, in the order of its session."""
        stored = dict(map(tuple, await lab.query("SELECT client_id, uid FROM accepted")))
        assert stored == self.answers, "what clients were told is not what is stored"
        found = await published(lab, "support.inbound.chat.v1")
        for session in self._sessions:
            first = [name for name, _ in first_ones(found[session])]
            uids = [self.answers[client_id] for client_id in self.ids(session)]
            kind = InboundChatMessageSent.TYPE
            assert first == [str(derived_id(uid, kind)) for uid in uids]
